"""What people receive, each as an asset with a preview: the night writes them in one go, these show what is there."""

import dagster as dg

from dagster_project.core.errors import HaicapError
from dagster_project.defs.failure import make_failure
from dagster_project.extracts.preview import OUTPUTS, preview
from dagster_project.night.session import NightSession


def build_output_assets(extracts: dg.AssetKey) -> list[dg.AssetsDefinition]:
    """Build one asset for each of `preview.OUTPUTS`, each after `extracts`."""
    return [_build_output_asset(name, extracts) for name in OUTPUTS]


def _build_output_asset(name: str, extracts: dg.AssetKey) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey(["outputs", name]), deps=[extracts], group_name="publish", description=OUTPUTS[name].title_vi
    )
    def output(night: dg.ResourceParam[NightSession]) -> dg.MaterializeResult[None]:
        try:
            found = preview(night.home, night.find_shown_file(), name)
        except HaicapError as fault:
            raise make_failure(fault) from fault
        return dg.MaterializeResult(
            metadata={
                "xem trước": dg.MetadataValue.md(found.markdown),
                "tệp": dg.MetadataValue.path(str(found.path)),
                "số tệp": found.files,
                "cỡ (byte)": found.size,
            }
        )

    return output
