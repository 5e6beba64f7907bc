{{ unlawful_rules(as_of(), as_of()) }}
