"""The build of what is landed, twice: the product's own, and one hand-written script over the same Parquet."""
