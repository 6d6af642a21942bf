"""Two validators of FHIR bundles: one generated from R4 itself, and a stricter one of formats, which knows R4B."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from fhirclient.models.bundle import Bundle
from fhirclient.models.fhirabstractbase import FHIRValidationError

__all__ = ["FHIRValidationError", "validate_r4"]


def validate_r4(bundle: Mapping[str, Any]) -> None:
    """Raises FHIRValidationError or ValueError where something is missing, unknown, or not as it has to be written."""
    Bundle(json.loads(json.dumps(bundle)), strict=True)
    for made in (bundle, *(entry["resource"] for entry in bundle.get("entry", ()))):
        get_fhir_model_class(made["resourceType"]).model_validate(made)
