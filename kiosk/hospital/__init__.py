"""Port to the hospital's billing system (HIS): the OpenAPI document, its client, its conformance suite."""
