"""JSON documents against their schema, strictly: a key that the schema does not name is a breach too."""

from jsonschema import Draft202012Validator

from bnfit.cli.json_schema import json_schema


def closed(schema):
    """The same schema with every object closed to further keys."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    return parts | {"additionalProperties": False} if isinstance(schema.get("required"), list) else parts


def breaches(document, kind):
    """What is wrong with a document of a kind, by the names under `$defs`."""
    schema = closed(json_schema())
    validator = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
