"""The public surface: names that users' scripts call. A name here may be joined by others, never leave."""

from __future__ import annotations

TABLES = {
    "system": "system_name schema_name integration_role description",
    "table_mapping": """
        mapping_name left_table right_table left_key right_key left_new_key right_new_key direction left_filter
        right_filter coupled_only update_conflict conflict_scope on_left_delete on_right_delete left_modified_at
        right_modified_at parent_mapping is_enabled batch_size description revision
    """,
    "field_mapping": """
        mapping_name field_no left_column right_column direction constant to_right to_left rule_to_right rule_to_left
        reference option_set on_unresolved when_null write_on conflict match_priority match_case_sensitive is_enabled
        description
    """,
    "mapping_dependency": "mapping_name depends_on",
    "transformation_rule": "rule_code rule_type next_rule",
    "option_mapping": "option_set left_value right_value label",
    "insert_default": "mapping_name side priority column_name value source_filter",
    "capture_source": "mapping_name side table_name key_expression",
    "mapping_example": "mapping_name example_no direction source expected couplings",
    "coupling": "mapping_name left_key right_key coupled_at coupled_by last_synced_at is_skipped",
    "outbox": "mapping_name side record_key operation before origin hop captured_at captured_by",
    "parked": """
        mapping_name side record_key reason sqlstate message waits_for_mapping waits_for_key attempts next_attempt_at
    """,
    "conflict": """
        mapping_name left_key right_key field_no left_value right_value base_value policy resolution resolved_at
    """,
    "pass": "pass_id kind status started_at finished_at",
    "pass_mapping": """
        pass_id mapping_name direction inserted modified deleted unchanged skipped failed coupled uncoupled conflicted
        duration_ms
    """,
    "pass_error": "pass_id mapping_name direction record_key target_key sqlstate message",
}
VIEWS = ("backlog", "mapping_status", "capture_status", "problem", "full_sync_review")
FUNCTIONS = {
    "couple": 3,
    "uncouple": 3,
    "request_sync": 3,
    "request_full_sync": 1,
    "retry": 2,
    "skip": 2,
    "unskip": 2,
    "resolve_conflict": 2,
    "enable_capture": 1,
    "disable_capture": 1,
    "pause": 1,
    "resume": 1,
    "wait_until_synced": 1,
}
# Commands with the options that scripts use; `read` commands have --json.
COMMANDS = {
    "migrate": "--sql",
    "pack list": "--json",
    "pack install": "--no-data",
    "mapping dump": "--out",
    "mapping diff": "--json",
    "mapping apply": "--json",
    "check": "--json",
    "explain": "--record --edit --json",
    "run": "--dry-run --workers --json",
    "full": "--review --restart --json",
    "record": "--json",
    "match": "--json",
    "status": "--json",
    "problems": "--json",
    "why": "--json",
    "compare": "--repair --json",
    "watch": "",
    "server start": "",
    "server stop": "",
    "server status": "",
    "demo": "",
}
MAKE = "demo sync full check status compare watch test bench lint types docs verify help"
EXIT_CODES = (0, 1, 2, 3)
# Promised, and not there yet.
PENDING: frozenset[str] = frozenset()
# What is on its way: no test names it yet.
UNSAID: frozenset[str] = frozenset()
