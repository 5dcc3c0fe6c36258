-- `pysync migrate` makes sync_private first: its version table stands there.
create schema if not exists sync_private;
create schema sync;

comment on schema sync is 'pysync: what DBAs and operators use; names here are stable';
comment on schema sync_private is 'pysync: internal; anything here may change with the next version';

-- Group roles without login. Roles belong to the whole server: two installs may race, so each is made under a guard.
do $$
declare
    v_role text;
begin
    foreach v_role in array array['sync_admin', 'sync_engine', 'sync_reader'] loop
        if to_regrole(v_role) is null then
            begin
                execute format('create role %I nologin', v_role);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
end $$;

create table sync.system (
    system_name      text not null,
    schema_name      text not null,
    integration_role text,
    description      text,
    constraint system_pkey primary key (system_name),
    constraint system_schema_name_key unique (schema_name),
    constraint system_system_name_check check (system_name <> '')
);
comment on table sync.system is
    'A business system whose tables live in one schema of this database. Written by the DBA.';
comment on column sync.system.system_name is 'Name of the system, e.g. ERP.';
comment on column sync.system.schema_name is 'Schema that holds the system''s tables.';
comment on column sync.system.integration_role is
    'Role whose writes to the system''s tables are not captured (another integration''s account); null: none.';
comment on column sync.system.description is 'Free text for people.';

create table sync.transformation_rule (
    rule_code        text collate "C" not null,
    rule_type        text not null,
    description      text,
    find_text        text,
    replace_text     text,
    start_position   integer,
    length           integer,
    starting_text    text,
    ending_text      text,
    data_format      text,
    culture          text,
    rounding         numeric,
    rounding_mode    text,
    date_part        text,
    lookup_table     text,
    lookup_source    text,
    lookup_target    text,
    lookup_when_blank text not null default 'target',
    expression       text,
    next_rule        text collate "C",
    constraint transformation_rule_pkey primary key (rule_code),
    constraint transformation_rule_next_rule_fkey foreign key (next_rule)
        references sync.transformation_rule (rule_code) on update cascade,
    constraint transformation_rule_rule_type_check check (rule_type in (
        'uppercase', 'lowercase', 'title_case', 'trim', 'substring', 'replace', 'regex_replace', 'regex_match',
        'remove_non_alphanumeric', 'date', 'date_time', 'decimal', 'round', 'extract_date', 'field_lookup',
        'unix_timestamp', 'custom')),
    constraint transformation_rule_start_position_check check (start_position > 0),
    constraint transformation_rule_length_check check (length >= 0),
    constraint transformation_rule_rounding_mode_check check (rounding_mode in ('nearest', 'up', 'down')),
    constraint transformation_rule_date_part_check check (date_part in ('day', 'month', 'year')),
    constraint transformation_rule_lookup_when_blank_check check (lookup_when_blank in ('target', 'original'))
);
comment on table sync.transformation_rule is
    'A named text transformation that field mappings use; rules form chains by next_rule. Written by the DBA.';
comment on column sync.transformation_rule.rule_code is 'Name of the rule, e.g. UPPERCASE.';
comment on column sync.transformation_rule.rule_type is 'What the rule does; the other columns are its parameters.';
comment on column sync.transformation_rule.description is 'Free text for people.';
comment on column sync.transformation_rule.find_text is 'Text or pattern looked for: replace, regex_replace, regex_match.';
comment on column sync.transformation_rule.replace_text is 'Text put in its place: replace, regex_replace ($1 is the first group).';
comment on column sync.transformation_rule.start_position is 'First character kept, counted from 1: substring.';
comment on column sync.transformation_rule.length is 'Number of characters kept: substring.';
comment on column sync.transformation_rule.starting_text is 'Text after which the kept part begins: substring.';
comment on column sync.transformation_rule.ending_text is 'Text before which the kept part ends: substring.';
comment on column sync.transformation_rule.data_format is 'Format of the input, as to_date and to_timestamp read it: date, date_time.';
comment on column sync.transformation_rule.culture is 'Culture of the input, e.g. da-DK: decimal, date, date_time.';
comment on column sync.transformation_rule.rounding is 'Precision rounded to, e.g. 0.01: round.';
comment on column sync.transformation_rule.rounding_mode is 'nearest, up or down: round.';
comment on column sync.transformation_rule.date_part is 'day, month or year: extract_date.';
comment on column sync.transformation_rule.lookup_table is 'Table looked up, schema.table: field_lookup.';
comment on column sync.transformation_rule.lookup_source is 'Column of lookup_table compared with the value: field_lookup.';
comment on column sync.transformation_rule.lookup_target is 'Column of lookup_table that gives the result: field_lookup.';
comment on column sync.transformation_rule.lookup_when_blank is
    'target: the result as found. original: the input when the result is blank. For field_lookup.';
comment on column sync.transformation_rule.expression is 'SQL expression over the column value: custom.';
comment on column sync.transformation_rule.next_rule is 'Rule applied to the result; null: none.';

create table sync.table_mapping (
    mapping_name      text collate "C" not null,
    left_table        text not null,
    right_table       text not null,
    left_key          text[],
    right_key         text[],
    left_new_key      text,
    right_new_key     text,
    direction         text not null default 'both',
    left_filter       text,
    right_filter      text,
    coupled_only      boolean not null default true,
    update_conflict   text not null default 'fail',
    conflict_scope    text not null default 'field',
    on_left_delete    text not null default 'fail',
    on_right_delete   text not null default 'fail',
    left_modified_at  text,
    right_modified_at text,
    parent_mapping    text collate "C",
    full_sync         text not null default 'auto',
    is_enabled        boolean not null default true,
    is_paused         boolean not null default false,
    batch_size        integer not null default 5000,
    max_deletes       integer,
    max_changed_share numeric,
    is_journaled      boolean not null default true,
    description       text,
    revision          bigint not null default 1,
    constraint table_mapping_pkey primary key (mapping_name),
    constraint table_mapping_parent_mapping_fkey foreign key (parent_mapping)
        references sync.table_mapping (mapping_name) on update cascade,
    constraint table_mapping_mapping_name_check check (mapping_name <> '' and length(mapping_name) <= 100),
    constraint table_mapping_direction_check check (direction in ('both', 'to_right', 'to_left')),
    constraint table_mapping_update_conflict_check
        check (update_conflict in ('fail', 'left_wins', 'right_wins', 'newest_wins')),
    constraint table_mapping_conflict_scope_check check (conflict_scope in ('field', 'row')),
    constraint table_mapping_on_left_delete_check
        check (on_left_delete in ('fail', 'uncouple', 'delete', 'restore')),
    constraint table_mapping_on_right_delete_check
        check (on_right_delete in ('fail', 'uncouple', 'delete', 'restore')),
    constraint table_mapping_full_sync_check check (full_sync in ('auto', 'full', 'couple', 'update', 'none')),
    constraint table_mapping_left_key_check check (cardinality(left_key) > 0),
    constraint table_mapping_right_key_check check (cardinality(right_key) > 0),
    constraint table_mapping_batch_size_check check (batch_size between 1 and 100000),
    constraint table_mapping_max_deletes_check check (max_deletes >= 0),
    constraint table_mapping_max_changed_share_check check (max_changed_share between 0 and 1)
);
comment on table sync.table_mapping is
    'Pairs a left table with a right table and says how their rows are kept in step. Written by the DBA.';
comment on column sync.table_mapping.mapping_name is 'Name of the mapping, e.g. CUSTOMER.';
comment on column sync.table_mapping.left_table is
    'Left table or view as schema.table; quote odd names as in SQL: erp."Sales Order".';
comment on column sync.table_mapping.right_table is
    'Right table or view as schema.table; quote odd names as in SQL.';
comment on column sync.table_mapping.left_key is
    'Key columns of the left table, exact names; null: its primary key.';
comment on column sync.table_mapping.right_key is
    'Key columns of the right table, exact names; null: its primary key.';
comment on column sync.table_mapping.left_new_key is
    'SQL expression over the right row that gives the key of a new left row; null: the key column''s default.';
comment on column sync.table_mapping.right_new_key is
    'SQL expression over the left row that gives the key of a new right row; null: the key column''s default.';
comment on column sync.table_mapping.direction is 'Who may write whom: both, to_right or to_left.';
comment on column sync.table_mapping.left_filter is
    'SQL condition over the left row; rows outside it do not travel to the right. Null: all rows.';
comment on column sync.table_mapping.right_filter is
    'SQL condition over the right row; rows outside it do not travel to the left. Null: all rows.';
comment on column sync.table_mapping.coupled_only is
    'True: only coupled rows travel. False: an uncoupled row is created on the other side and coupled.';
comment on column sync.table_mapping.update_conflict is
    'What happens when both sides changed the same field: fail, left_wins, right_wins or newest_wins.';
comment on column sync.table_mapping.conflict_scope is
    'field: only the same field on both sides conflicts. row: any two changed fields of one record conflict.';
comment on column sync.table_mapping.on_left_delete is
    'What happens when a coupled left row is deleted: fail, uncouple, delete or restore.';
comment on column sync.table_mapping.on_right_delete is
    'What happens when a coupled right row is deleted: fail, uncouple, delete or restore.';
comment on column sync.table_mapping.left_modified_at is
    'SQL expression over the left row giving its time of change, for newest_wins; null: time of capture.';
comment on column sync.table_mapping.right_modified_at is
    'SQL expression over the right row giving its time of change, for newest_wins; null: time of capture.';
comment on column sync.table_mapping.parent_mapping is
    'Mapping of the header rows when this one maps lines; runs before this mapping. Null: none.';
comment on column sync.table_mapping.full_sync is
    'What a full synchronisation does with the mapping: auto (as recommended), full (every row, never matched), couple (what matches is coupled first), update (couples only: nothing is created) or none (left out).';
comment on column sync.table_mapping.is_enabled is 'False: passes leave the mapping out and nothing is captured for it.';
comment on column sync.table_mapping.is_paused is
    'True: changes are captured and wait; passes leave the mapping out. Set by sync.pause and sync.resume.';
comment on column sync.table_mapping.batch_size is 'Most records worked on in one transaction.';
comment on column sync.table_mapping.max_deletes is
    'Most rows a pass may delete through the mapping, both sides together; more stop it before anything is written, until sync.approve. Null: any number.';
comment on column sync.table_mapping.max_changed_share is
    'Largest share of its couples (0 to 1) a pass may change or delete, at least one; more stop it as max_deletes does. Null: all.';
comment on column sync.table_mapping.is_journaled is
    'True: what passes write over is kept in sync.journal, so that pysync undo can put it back.';
comment on column sync.table_mapping.description is 'Free text for people.';
comment on column sync.table_mapping.revision is
    'Counts edits of the mapping and its rows; raised by triggers. A pass recompiles when it changed.';

create table sync.field_mapping (
    mapping_name         text collate "C" not null,
    field_no             integer not null,
    left_column          text,
    right_column         text,
    direction            text not null default 'both',
    constant             text,
    to_right             text,
    to_left              text,
    left_filter          text,
    right_filter         text,
    rule_to_right        text collate "C",
    rule_to_left         text collate "C",
    reference            text collate "C",
    option_set           text collate "C",
    on_unresolved        text not null default 'wait',
    when_null            text not null default 'write',
    write_on             text not null default 'always',
    conflict             text,
    match_priority       integer,
    match_case_sensitive boolean not null default false,
    is_enabled           boolean not null default true,
    description          text,
    constraint field_mapping_pkey primary key (mapping_name, field_no),
    constraint field_mapping_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint field_mapping_reference_fkey foreign key (reference)
        references sync.table_mapping (mapping_name) on update cascade,
    constraint field_mapping_rule_to_right_fkey foreign key (rule_to_right)
        references sync.transformation_rule (rule_code) on update cascade,
    constraint field_mapping_rule_to_left_fkey foreign key (rule_to_left)
        references sync.transformation_rule (rule_code) on update cascade,
    constraint field_mapping_direction_check check (direction in ('both', 'to_right', 'to_left')),
    constraint field_mapping_on_unresolved_check check (on_unresolved in ('wait', 'fail', 'null', 'keep')),
    constraint field_mapping_when_null_check check (when_null in ('write', 'keep')),
    constraint field_mapping_write_on_check check (write_on in ('always', 'insert', 'update')),
    constraint field_mapping_conflict_check
        check (conflict in ('fail', 'left_wins', 'right_wins', 'newest_wins')),
    constraint field_mapping_match_priority_check check (match_priority >= 0),
    constraint field_mapping_reference_or_option_set_check check (reference is null or option_set is null),
    constraint field_mapping_field_no_check check (field_no > 0)
);
create index field_mapping_reference_idx on sync.field_mapping (reference) where reference is not null;
comment on table sync.field_mapping is
    'Pairs a left column with a right column inside a table mapping. Written by the DBA.';
comment on column sync.field_mapping.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.field_mapping.field_no is 'Number of the row; fields are shown and applied in this order.';
comment on column sync.field_mapping.left_column is 'Left column, exact name; null: the left side has none.';
comment on column sync.field_mapping.right_column is 'Right column, exact name; null: the right side has none.';
comment on column sync.field_mapping.direction is
    'Which way the field travels: both, to_right or to_left; limited by the mapping''s direction.';
comment on column sync.field_mapping.constant is
    'Value, as text, written to the side that has a column when the other side has none.';
comment on column sync.field_mapping.to_right is
    'SQL expression over the left row giving the right value; null: copy left_column.';
comment on column sync.field_mapping.to_left is
    'SQL expression over the right row giving the left value; null: copy right_column.';
comment on column sync.field_mapping.left_filter is
    'SQL condition over the left row: the field travels to the right only while it holds. A change that makes it hold brings nothing by itself. Null: always.';
comment on column sync.field_mapping.right_filter is
    'SQL condition over the right row: the field travels to the left only while it holds. Null: always.';
comment on column sync.field_mapping.rule_to_right is 'Transformation rule applied on the way to the right, after to_right.';
comment on column sync.field_mapping.rule_to_left is 'Transformation rule applied on the way to the left, after to_left.';
comment on column sync.field_mapping.reference is
    'Mapping through whose couplings the value, a key of its table on the same side, is translated.';
comment on column sync.field_mapping.option_set is 'Option set through which the value is translated.';
comment on column sync.field_mapping.on_unresolved is
    'What to do when the reference is not coupled or the option is not mapped: wait, fail, null (write null) or keep (leave the target).';
comment on column sync.field_mapping.when_null is
    'write: a null is written to the target. keep: a null leaves the target value as it is.';
comment on column sync.field_mapping.write_on is
    'always; insert: only when the row is created; update: only when it exists.';
comment on column sync.field_mapping.conflict is 'Overrides the mapping''s update_conflict for this field; null: the mapping''s.';
comment on column sync.field_mapping.match_priority is
    'Use the field for match-based coupling; lower numbers are tried first, equal numbers must all agree. Null: not used.';
comment on column sync.field_mapping.match_case_sensitive is 'Whether match-based coupling of this field heeds upper and lower case.';
comment on column sync.field_mapping.is_enabled is 'False: the field does not travel.';
comment on column sync.field_mapping.description is 'Free text for people.';

create table sync.mapping_dependency (
    mapping_name text collate "C" not null,
    depends_on   text collate "C" not null,
    constraint mapping_dependency_pkey primary key (mapping_name, depends_on),
    constraint mapping_dependency_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint mapping_dependency_depends_on_fkey foreign key (depends_on)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint mapping_dependency_depends_on_check check (depends_on <> mapping_name)
);
create index mapping_dependency_depends_on_idx on sync.mapping_dependency (depends_on);
comment on table sync.mapping_dependency is
    'Declares that a mapping runs after another one. References and parents count by themselves. Written by the DBA.';
comment on column sync.mapping_dependency.mapping_name is 'Mapping that runs later.';
comment on column sync.mapping_dependency.depends_on is 'Mapping that runs first.';

create table sync.option_mapping (
    option_set  text collate "C" not null,
    left_value  text not null,
    right_value text not null,
    label       text,
    constraint option_mapping_pkey primary key (option_set, left_value),
    constraint option_mapping_option_set_right_value_key unique (option_set, right_value)
);
comment on table sync.option_mapping is
    'Translates choice values: a left value and its right value, as text. Written by the DBA.';
comment on column sync.option_mapping.option_set is 'Name of the set that field mappings refer to.';
comment on column sync.option_mapping.left_value is 'Value on the left, as text.';
comment on column sync.option_mapping.right_value is 'Value on the right, as text.';
comment on column sync.option_mapping.label is 'Caption of the option, for people.';

create table sync.insert_default (
    mapping_name  text collate "C" not null,
    side          text not null,
    priority      integer not null default 1,
    column_name   text not null,
    value         text not null,
    source_filter text,
    description   text,
    constraint insert_default_pkey primary key (mapping_name, side, column_name, priority),
    constraint insert_default_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint insert_default_side_check check (side in ('left', 'right'))
);
comment on table sync.insert_default is
    'Values for columns of a row that a pass creates; they override what the fields bring. Written by the DBA.';
comment on column sync.insert_default.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.insert_default.side is 'Side on which the new row is created: left or right.';
comment on column sync.insert_default.priority is 'The lowest number whose source_filter holds gives the value.';
comment on column sync.insert_default.column_name is 'Column of the new row, exact name.';
comment on column sync.insert_default.value is 'SQL expression over the source row, often a literal such as 3 or ''Net 30''.';
comment on column sync.insert_default.source_filter is 'SQL condition over the source row; null: always.';
comment on column sync.insert_default.description is 'Free text for people.';

create table sync.capture_source (
    mapping_name   text collate "C" not null,
    side           text not null,
    table_name     text not null,
    key_expression text not null,
    constraint capture_source_pkey primary key (mapping_name, side, table_name),
    constraint capture_source_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint capture_source_side_check check (side in ('left', 'right'))
);
comment on table sync.capture_source is
    'A table that a mapping''s view only reads: its changes concern the records whose keys the expression gives. Written by the DBA.';
comment on column sync.capture_source.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.capture_source.side is 'Side whose view reads the table: left or right.';
comment on column sync.capture_source.table_name is 'Table read, as schema.table.';
comment on column sync.capture_source.key_expression is
    'Column of the read table that holds the record key of the view, exact name; or a list of columns separated by commas for a composite key.';

create table sync.mapping_example (
    mapping_name text collate "C" not null,
    example_no   integer not null,
    direction    text not null,
    source       jsonb not null,
    expected     jsonb,
    couplings    jsonb,
    description  text,
    constraint mapping_example_pkey primary key (mapping_name, example_no),
    constraint mapping_example_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint mapping_example_example_no_check check (example_no > 0),
    constraint mapping_example_direction_check check (direction in ('to_right', 'to_left')),
    constraint mapping_example_source_check check (jsonb_typeof(source) = 'object'),
    constraint mapping_example_expected_check check (jsonb_typeof(expected) = 'object'),
    constraint mapping_example_couplings_check check (jsonb_typeof(couplings) = 'object')
);
comment on table sync.mapping_example is
    'A source row and the target fields it must give: pysync check runs each through the mapping, as a test of the mapping. Written by the DBA.';
comment on column sync.mapping_example.mapping_name is 'Table mapping the row belongs to.';
comment on column sync.mapping_example.example_no is 'Number of the example, named by the fault when it fails.';
comment on column sync.mapping_example.direction is 'Which way the row travels: to_right or to_left.';
comment on column sync.mapping_example.source is
    'The source row as an object of its columns; a column left out has its constant default, else null. The row need not exist.';
comment on column sync.mapping_example.expected is
    'Target columns with the values they must get; columns left out are not looked at. Null: the row must be outside the filter.';
comment on column sync.mapping_example.couplings is
    'What references find: an object of mapping name to an object of source key to target key. Null: nothing is coupled.';
comment on column sync.mapping_example.description is 'Free text for people.';

create table sync.coupling (
    mapping_name   text collate "C" not null,
    left_key       text collate "C" not null,
    right_key      text collate "C" not null,
    coupled_at     timestamptz not null default now(),
    coupled_by     text not null default session_user,
    last_synced_at timestamptz,
    is_skipped     boolean not null default false,
    skip_reason    text,
    pass_id        bigint,
    created_side   text collate "C",
    constraint coupling_pkey primary key (mapping_name, left_key),
    constraint coupling_mapping_name_right_key_key unique (mapping_name, right_key)
    -- No foreign key: checked row by row it cost a fifth of every insert. The triggers check set-based instead.
) with (fillfactor = 50);
create index coupling_skipped_idx on sync.coupling (mapping_name) where is_skipped;
comment on table sync.coupling is
    'Which left record is which right record. Written by passes and by sync.couple and sync.uncouple.';
comment on column sync.coupling.mapping_name is 'Table mapping that couples the two records.';
comment on column sync.coupling.left_key is 'Record key on the left: the key column''s text; composite: a JSON array of texts.';
comment on column sync.coupling.right_key is 'Record key on the right: the key column''s text; composite: a JSON array of texts.';
comment on column sync.coupling.coupled_at is 'When the two were coupled.';
comment on column sync.coupling.coupled_by is 'Role that coupled them.';
comment on column sync.coupling.last_synced_at is 'When a pass last wrote one of the two; null: never.';
comment on column sync.coupling.is_skipped is 'True: passes leave the couple alone until sync.unskip.';
comment on column sync.coupling.skip_reason is 'Failure that set the couple aside; null: a person did, or it is not.';
comment on column sync.coupling.pass_id is 'Pass that created one of the two rows; null: they were coupled by hand or by match.';
comment on column sync.coupling.created_side is 'Side on which that pass created the row: left or right.';

create table sync.outbox (
    entry_id     bigint generated always as identity,
    mapping_name text collate "C" not null,
    side         text collate "C" not null,
    record_key   text collate "C" not null,
    operation    text collate "C" not null,
    layout_no    integer not null,
    before       text[],
    new_key      text collate "C",
    origin       text collate "C",
    hop          smallint not null default 0,
    xid          xid8 not null default pg_current_xact_id(),
    captured_at  timestamptz not null default now(),
    captured_by  text not null,
    constraint outbox_pkey primary key (mapping_name, side, record_key, entry_id)
    -- No checks: PostgreSQL reads them anew for every statement, a fifth of what capture costs a single write.
    -- Half of each page stays free: a pass that writes the other side brings the waiting entries' before up to date in place.
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
-- Finds changed keys in any backlog: they are followed before a stream is drained.
create index outbox_mapping_name_side_entry_id_idx on sync.outbox (mapping_name, side, entry_id) where new_key is not null;
comment on table sync.outbox is
    'Changes that wait for a pass, one entry per captured row and interested stream. Written by capture triggers, emptied by passes.';
comment on column sync.outbox.entry_id is 'Order of capture within one record. Never use it as a position: it is not commit order.';
comment on column sync.outbox.mapping_name is 'Mapping of the stream.';
comment on column sync.outbox.side is 'Side of the mapping on which the row changed: left or right.';
comment on column sync.outbox.record_key is 'Key of the changed record; empty for truncate, and for a rekey when the key column itself had another name.';
comment on column sync.outbox.operation is
    'insert (with before: a pass made the row), update, delete, truncate, rekey (primary key changed), or asked for: request, retry, restore, couple, create, answer (what only this side sends).';
comment on column sync.outbox.layout_no is 'Layout that names the columns of before.';
comment on column sync.outbox.before is
    'Old values of the stream''s watched columns as text, in the order of the layout; null when there was no row or it is unknown.';
comment on column sync.outbox.new_key is 'For rekey: the record''s new key.';
comment on column sync.outbox.origin is 'Mapping whose pass made the change; null: an application did.';
comment on column sync.outbox.hop is 'How many passes the change has come through.';
comment on column sync.outbox.xid is 'Transaction that made the change.';
comment on column sync.outbox.captured_at is
    'Start of that transaction; of what a pass handed on to a mapping with newest_wins, of the one that the change came from.';
comment on column sync.outbox.captured_by is 'Role that made the change.';

create table sync.parked (
    mapping_name      text collate "C" not null,
    side              text collate "C" not null,
    record_key        text collate "C" not null,
    target_key        text,
    operation         text not null,
    layout_no         integer not null,
    before            text[],
    origin            text,
    hop               smallint not null default 0,
    entry_id          bigint not null,
    captured_at       timestamptz not null,
    captured_by       text not null,
    reason            text not null,
    sqlstate          text,
    message           text not null,
    waits_for_mapping text collate "C",
    waits_for_key     text collate "C",
    attempts          integer not null default 1,
    parked_at         timestamptz not null default now(),
    next_attempt_at   timestamptz,
    repeats           integer not null default 1,
    constraint parked_pkey primary key (mapping_name, side, record_key),
    constraint parked_reason_check
        check (reason in ('reference', 'option', 'error', 'deleted', 'loop', 'missing', 'skipped'))
);
create index parked_waits_for_mapping_idx on sync.parked (waits_for_mapping, waits_for_key)
    where waits_for_mapping is not null;
create index parked_next_attempt_at_idx on sync.parked (next_attempt_at) where next_attempt_at is not null;
comment on table sync.parked is
    'Changes set aside with a reason; retried when due, when what they wait for is coupled, or by sync.retry. Written by passes.';
comment on column sync.parked.mapping_name is 'Mapping of the stream.';
comment on column sync.parked.side is 'Side of the mapping on which the row changed.';
comment on column sync.parked.record_key is 'Key of the changed record.';
comment on column sync.parked.target_key is 'Key of the coupled record on the other side; null: not coupled.';
comment on column sync.parked.operation is 'Operation of the earliest change that waits.';
comment on column sync.parked.layout_no is 'Layout that names the columns of before.';
comment on column sync.parked.before is 'Values when last in step, as in sync.outbox.';
comment on column sync.parked.origin is 'Mapping whose pass made the change; null: an application did.';
comment on column sync.parked.hop is 'How many passes the change has come through.';
comment on column sync.parked.entry_id is 'Outbox entry it came from.';
comment on column sync.parked.captured_at is 'When the latest change was captured.';
comment on column sync.parked.captured_by is 'Role that made the latest change.';
comment on column sync.parked.reason is
    'reference (not coupled yet), option (not mapped), error (the database refused it), deleted (policy fail), missing (coupled to a deleted record), loop (too many hops), skipped (by sync.skip, or after the same permanent failure skip_after times).';
comment on column sync.parked.sqlstate is 'SQLSTATE of the refusal.';
comment on column sync.parked.message is 'What happened, for people.';
comment on column sync.parked.waits_for_mapping is 'Mapping in which a coupling is awaited.';
comment on column sync.parked.waits_for_key is 'Key, on the same side, whose coupling is awaited.';
comment on column sync.parked.attempts is 'How often it was tried.';
comment on column sync.parked.parked_at is 'When it was first set aside.';
comment on column sync.parked.next_attempt_at is 'When a pass tries again; null: not by time.';
comment on column sync.parked.repeats is 'How often in a row it failed with this SQLSTATE and message.';

create table sync.conflict (
    conflict_id  bigint generated always as identity,
    mapping_name text collate "C" not null,
    left_key     text collate "C" not null,
    right_key    text collate "C" not null,
    field_no     integer not null,
    left_column  text,
    right_column text,
    left_value   text,
    right_value  text,
    base_value   text,
    policy       text not null,
    resolution   text,
    detected_at  timestamptz not null default now(),
    resolved_at  timestamptz,
    resolved_by  text,
    pass_id      bigint,
    constraint conflict_pkey primary key (conflict_id),
    constraint conflict_policy_check check (policy in ('fail', 'left_wins', 'right_wins', 'newest_wins')),
    constraint conflict_resolution_check check (resolution in ('left', 'right', 'equal', 'uncoupled'))
);
create unique index conflict_mapping_name_left_key_field_no_idx
    on sync.conflict (mapping_name, left_key, field_no) where resolved_at is null;
create index conflict_mapping_name_right_key_idx
    on sync.conflict (mapping_name, right_key) where resolved_at is null;
create index conflict_resolved_at_idx on sync.conflict (resolved_at) where resolved_at is not null;
comment on table sync.conflict is
    'A field that was changed on both sides to different values, with both values and the base. Written by passes and sync.resolve_conflict.';
comment on column sync.conflict.conflict_id is 'Number to give to sync.resolve_conflict.';
comment on column sync.conflict.mapping_name is 'Mapping of the record.';
comment on column sync.conflict.left_key is 'Key of the left record.';
comment on column sync.conflict.right_key is 'Key of the right record.';
comment on column sync.conflict.field_no is 'Field mapping in conflict; 0: one side deleted the record and the other changed it.';
comment on column sync.conflict.left_column is 'Left column of the field.';
comment on column sync.conflict.right_column is 'Right column of the field.';
comment on column sync.conflict.left_value is 'Left value when the conflict was last seen, as text.';
comment on column sync.conflict.right_value is 'Right value when the conflict was last seen, as text.';
comment on column sync.conflict.base_value is 'Value of the detecting side when both were last in step; null if unknown.';
comment on column sync.conflict.policy is 'Policy that applied: fail leaves it to a person.';
comment on column sync.conflict.resolution is
    'Side whose value wins: left or right; equal: both sides came to agree; uncoupled: the couple ended; null: open.';
comment on column sync.conflict.detected_at is 'When a pass saw it first.';
comment on column sync.conflict.resolved_at is 'When the winning value was in place; null: not yet.';
comment on column sync.conflict.resolved_by is 'Role that decided; null: the policy did.';
comment on column sync.conflict.pass_id is 'Pass that saw it first.';

create table sync.pass (
    pass_id     bigint generated always as identity,
    kind        text not null default 'changes',
    started_at  timestamptz not null default now(),
    finished_at timestamptz,
    status      text not null default 'running',
    started_by  text not null default session_user,
    message     text,
    constraint pass_pkey primary key (pass_id),
    constraint pass_kind_check check (kind in ('changes', 'full', 'record', 'match', 'repair', 'undo')),
    constraint pass_status_check check (status in ('running', 'done', 'problems', 'failed'))
);
comment on table sync.pass is
    'One run over what changed. A pass that finds nothing to do leaves no row. Written by passes.';
comment on column sync.pass.pass_id is 'Number of the pass.';
comment on column sync.pass.kind is 'changes, full, record, match, repair or undo.';
comment on column sync.pass.started_at is 'When its first batch began.';
comment on column sync.pass.finished_at is 'When it ended; null: still running, or its process died.';
comment on column sync.pass.status is 'running, done, problems (some records need a person) or failed.';
comment on column sync.pass.started_by is 'Role that ran it.';
comment on column sync.pass.message is 'Why it failed.';

create table sync.pass_mapping (
    pass_id      bigint not null,
    mapping_name text collate "C" not null,
    direction    text not null,
    inserted     bigint not null default 0,
    modified     bigint not null default 0,
    deleted      bigint not null default 0,
    unchanged    bigint not null default 0,
    skipped      bigint not null default 0,
    failed       bigint not null default 0,
    coupled      bigint not null default 0,
    uncoupled    bigint not null default 0,
    conflicted   bigint not null default 0,
    waiting      bigint not null default 0,
    held         bigint not null default 0,
    batches      bigint not null default 0,
    duration_ms  bigint not null default 0,
    xids         xid8[] not null default '{}',
    constraint pass_mapping_pkey primary key (pass_id, mapping_name, direction),
    constraint pass_mapping_pass_id_fkey foreign key (pass_id) references sync.pass (pass_id) on delete cascade,
    constraint pass_mapping_direction_check check (direction in ('to_right', 'to_left'))
);
comment on table sync.pass_mapping is
    'What a pass did for one mapping in one direction, counted in records. Written by passes, in the transaction of each batch.';
comment on column sync.pass_mapping.pass_id is 'Pass.';
comment on column sync.pass_mapping.mapping_name is 'Mapping.';
comment on column sync.pass_mapping.direction is 'to_right or to_left.';
comment on column sync.pass_mapping.inserted is 'Records created in the target.';
comment on column sync.pass_mapping.modified is 'Records of which at least one field was written.';
comment on column sync.pass_mapping.deleted is 'Records deleted in the target because the mapping says so.';
comment on column sync.pass_mapping.unchanged is 'Coupled records that were looked at and needed nothing.';
comment on column sync.pass_mapping.skipped is 'Records left alone because their couple is set aside, or that were set aside just now.';
comment on column sync.pass_mapping.failed is 'Records parked because of an error or a policy of fail.';
comment on column sync.pass_mapping.coupled is 'Couplings made.';
comment on column sync.pass_mapping.uncoupled is 'Couplings removed.';
comment on column sync.pass_mapping.conflicted is 'Fields found changed on both sides.';
comment on column sync.pass_mapping.waiting is 'Records parked until what they refer to is coupled or mapped.';
comment on column sync.pass_mapping.held is 'Records put back because an application held the target row.';
comment on column sync.pass_mapping.batches is 'Transactions.';
comment on column sync.pass_mapping.duration_ms is 'Time spent, in milliseconds.';
comment on column sync.pass_mapping.xids is 'Transactions that created records: what pysync undo knows an untouched row by.';

create table sync.pass_error (
    error_id     bigint generated always as identity,
    pass_id      bigint not null,
    mapping_name text collate "C" not null,
    direction    text not null,
    record_key   text,
    target_key   text,
    sqlstate     text,
    message      text not null,
    occurred_at  timestamptz not null default now(),
    constraint pass_error_pkey primary key (error_id),
    constraint pass_error_pass_id_fkey foreign key (pass_id) references sync.pass (pass_id) on delete cascade,
    constraint pass_error_direction_check check (direction in ('to_right', 'to_left'))
);
create index pass_error_pass_id_idx on sync.pass_error (pass_id);
create index pass_error_mapping_name_record_key_idx on sync.pass_error (mapping_name, record_key);
comment on table sync.pass_error is
    'A record that failed in a pass, or a mapping that could not run (no record key). Written by passes.';
comment on column sync.pass_error.error_id is 'Number of the error.';
comment on column sync.pass_error.pass_id is 'Pass.';
comment on column sync.pass_error.mapping_name is 'Mapping.';
comment on column sync.pass_error.direction is 'to_right or to_left.';
comment on column sync.pass_error.record_key is 'Key of the source record; null: the whole mapping failed.';
comment on column sync.pass_error.target_key is 'Key of the coupled record; null: none.';
comment on column sync.pass_error.sqlstate is 'SQLSTATE of the refusal.';
comment on column sync.pass_error.message is 'What happened, for people.';
comment on column sync.pass_error.occurred_at is 'When.';

create table sync.schedule (
    mapping_name       text collate "C" not null,
    every              interval,
    cron               text,
    time_zone          text not null default 'UTC',
    inactivity_timeout interval,
    is_enabled         boolean not null default true,
    description        text,
    status             text not null default 'ready',
    last_run_at        timestamptz,
    next_run_at        timestamptz,
    constraint schedule_pkey primary key (mapping_name),
    constraint schedule_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint schedule_one_of_check check (num_nonnulls(every, cron) = 1),
    constraint schedule_every_check check (every >= interval '1 second'),
    constraint schedule_inactivity_timeout_check check (inactivity_timeout >= interval '1 second'),
    constraint schedule_status_check check (status in ('ready', 'resting', 'faulty'))
);
comment on table sync.schedule is
    'When pysync watch drains a mapping. Without a row, or with a disabled one: at once, woken by each commit. Written by the DBA; status and times by watch.';
comment on column sync.schedule.mapping_name is 'Mapping.';
comment on column sync.schedule.every is 'Time from the start of one run to the next; null: cron says.';
comment on column sync.schedule.cron is
    'Minute, hour, day of month, month, day of week, as cron reads them: 30 6 * * MON-FRI. Null: every says.';
comment on column sync.schedule.time_zone is 'Time zone in which cron is read, by name: Europe/Berlin.';
comment on column sync.schedule.inactivity_timeout is
    'After a run that inserted, modified, deleted and failed nothing the mapping rests at least so long, unless a change wakes it before. Null: it never rests.';
comment on column sync.schedule.is_enabled is 'False: as if the row were not there.';
comment on column sync.schedule.description is 'Free text for people.';
comment on column sync.schedule.status is
    'ready: runs at next_run_at. resting: a change wakes it before that. faulty: the text of cron or the time zone cannot be read, nothing runs.';
comment on column sync.schedule.last_run_at is 'When it last ran, whether or not there was something to do.';
comment on column sync.schedule.next_run_at is
    'When it runs next; null: as soon as a watcher has planned it. Set it to now() to run at once; an edit of the row plans anew.';

create table sync.full_sync (
    mapping_name    text collate "C" not null,
    action          text not null,
    status          text not null default 'ready',
    is_matched      boolean not null default false,
    ambiguous       bigint not null default 0,
    to_right_status text,
    to_right_key    text,
    to_right_done   bigint not null default 0,
    to_right_total  bigint,
    to_left_status  text,
    to_left_key     text,
    to_left_done    bigint not null default 0,
    to_left_total   bigint,
    failed          bigint not null default 0,
    pass_id         bigint,
    message         text,
    asked_at        timestamptz not null default now(),
    asked_by        text not null default session_user,
    started_at      timestamptz,
    finished_at     timestamptz,
    constraint full_sync_pkey primary key (mapping_name),
    constraint full_sync_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade,
    constraint full_sync_action_check check (action in ('full', 'couple', 'update', 'nothing to do')),
    constraint full_sync_status_check check (status in ('ready', 'in process', 'finished', 'error')),
    constraint full_sync_to_right_status_check check (to_right_status in ('in process', 'success', 'error')),
    constraint full_sync_to_left_status_check check (to_left_status in ('in process', 'success', 'error'))
);
comment on table sync.full_sync is
    'The full synchronisation of a mapping that runs now, or ran last, and how far it has come. Written by pysync full, the position in the transaction of each batch.';
comment on column sync.full_sync.mapping_name is 'Mapping.';
comment on column sync.full_sync.action is
    'full: every row. couple: first couple what matches, then every row. update: couples only. nothing to do: both sides were empty.';
comment on column sync.full_sync.status is
    'ready: not begun. in process: begun; when no pysync full runs it was cut off and goes on with the next. finished. error: the mapping could not run.';
comment on column sync.full_sync.is_matched is 'Whether the matching part of couple is done.';
comment on column sync.full_sync.ambiguous is 'Left records that match several: left alone, for a person.';
comment on column sync.full_sync.to_right_status is
    'in process, success, or error: at least one record failed. Null: not begun, or nothing travels that way.';
comment on column sync.full_sync.to_right_key is 'Key of the last left row that is done; null: none yet.';
comment on column sync.full_sync.to_right_done is 'Left rows that are done.';
comment on column sync.full_sync.to_right_total is 'Left rows there were at the start.';
comment on column sync.full_sync.to_left_status is
    'in process, success, or error: at least one record failed. Null: not begun, or nothing travels that way.';
comment on column sync.full_sync.to_left_key is 'Key of the last right row that is done; null: none yet.';
comment on column sync.full_sync.to_left_done is 'Right rows that are done.';
comment on column sync.full_sync.to_left_total is 'Right rows there were at the start.';
comment on column sync.full_sync.failed is 'Records that failed; they are parked.';
comment on column sync.full_sync.pass_id is 'Pass that counts what was done; one that was cut off has a pass for each part.';
comment on column sync.full_sync.message is 'Why the mapping could not run; null: it could.';
comment on column sync.full_sync.asked_at is 'When the full synchronisation began; equal for all mappings of one.';
comment on column sync.full_sync.asked_by is 'Role that asked for it.';
comment on column sync.full_sync.started_at is 'When this mapping began; null: not yet.';
comment on column sync.full_sync.finished_at is 'When this mapping ended, one way or the other; null: not yet.';

create table sync_private.full_sync_open (
    mapping_name text collate "C" not null,
    side         text collate "C" not null,
    record_key   text collate "C" not null,
    constraint full_sync_open_pkey primary key (mapping_name, side, record_key),
    constraint full_sync_open_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade
);
comment on table sync_private.full_sync_open is
    'Records that match several while a full synchronisation runs: it creates nothing for them. Written by pysync full.';
comment on column sync_private.full_sync_open.mapping_name is 'Mapping.';
comment on column sync_private.full_sync_open.side is 'Side of the record.';
comment on column sync_private.full_sync_open.record_key is 'Key of the record.';

create table sync_private.layout (
    mapping_name text collate "C" not null,
    side         text collate "C" not null,
    layout_no    integer not null,
    columns      text[] not null,
    table_oid    oid not null,
    attnums      smallint[] not null,
    constraint layout_pkey primary key (mapping_name, side, layout_no)
);
comment on table sync_private.layout is
    'Names of the watched columns in the order of an outbox entry''s before. Written by enable_capture; changed only when a column is renamed.';
comment on column sync_private.layout.mapping_name is 'Mapping of the stream.';
comment on column sync_private.layout.side is 'Side of the stream.';
comment on column sync_private.layout.layout_no is 'Number of the layout; the highest is in use.';
comment on column sync_private.layout.columns is 'Watched columns, in order.';
comment on column sync_private.layout.table_oid is 'Table that attnums belong to.';
comment on column sync_private.layout.attnums is 'Numbers of the columns in the table: by them a renamed column is known again.';

create table sync_private.capture_state (
    mapping_name text collate "C" not null,
    revision     bigint not null,
    is_enabled   boolean not null,
    constraint capture_state_pkey primary key (mapping_name)
);
comment on table sync_private.capture_state is
    'Whether capture is on for a mapping, and the mapping revision its triggers were made for. Written by enable_capture and disable_capture.';
comment on column sync_private.capture_state.mapping_name is 'Mapping.';
comment on column sync_private.capture_state.revision is 'Mapping revision the triggers were made for.';
comment on column sync_private.capture_state.is_enabled is 'Whether the mapping''s changes are captured.';

create table sync.setting (
    setting_name text collate "C" not null,
    value        integer not null,
    constraint setting_pkey primary key (setting_name),
    constraint setting_setting_name_check check (setting_name in ('keep_days', 'skip_after')),
    constraint setting_value_check check (value > 0)
);
comment on table sync.setting is
    'Settings that hold for all mappings; one without a row has its default. Written by the DBA.';
comment on column sync.setting.setting_name is
    'keep_days: how many days journal rows and settled conflicts are kept (30). skip_after: how often the same permanent failure may repeat before its record is skipped (10).';
comment on column sync.setting.value is 'Its value.';

create table sync_private.journal (
    pass_id      bigint not null,
    mapping_name text collate "C" not null,
    direction    text collate "C" not null,
    action       text collate "C" not null,
    columns      text[] not null,
    record_keys  text[] not null,
    target_keys  text[] not null,
    captured_by  text[] not null,
    old_values   text[],
    new_values   text[],
    written_at   timestamptz not null default now(),
    constraint journal_direction_check check (direction in ('to_right', 'to_left')),
    constraint journal_action_check check (action in ('insert', 'update', 'delete'))
);
-- A thousand records in one row: a row for each record would cost a pass a fifth of its time, this a twentieth.
-- Compressing costs more than the disk it saves for the days a row lives.
alter table sync_private.journal alter column record_keys set storage external, alter column target_keys set storage external,
    alter column old_values set storage external, alter column new_values set storage external;
create index journal_pass_id_idx on sync_private.journal (pass_id);
comment on table sync_private.journal is
    'What passes wrote over, up to a thousand records in a row; sync.journal shows it field by field. Written by passes of mappings with is_journaled, in the transaction of the batch.';
comment on column sync_private.journal.pass_id is 'Pass that wrote.';
comment on column sync_private.journal.mapping_name is 'Mapping.';
comment on column sync_private.journal.direction is 'to_right: the right table was written; to_left: the left one.';
comment on column sync_private.journal.action is
    'update, delete, or insert (into a view only: rows created in tables are known by their coupling).';
comment on column sync_private.journal.columns is 'Columns of the written table, in the order of the values.';
comment on column sync_private.journal.record_keys is 'Keys of the records the values came from.';
comment on column sync_private.journal.target_keys is 'Keys of the rows written, as they were before.';
comment on column sync_private.journal.captured_by is 'Roles whose changes they were.';
comment on column sync_private.journal.old_values is 'Values before, as text: one array per record, in the order of columns.';
comment on column sync_private.journal.new_values is
    'Values written, as text. Both null or both equal: this record''s column was not written.';
comment on column sync_private.journal.written_at is 'Start of the transaction that wrote.';

create table sync.gate (
    mapping_name text collate "C" not null,
    kind         text collate "C" not null default 'changes',
    pass_id      bigint,
    deletes      bigint not null,
    changes      bigint not null,
    couplings    bigint not null,
    entries      bigint not null,
    revision     bigint not null,
    stopped_at   timestamptz not null default now(),
    approved_at  timestamptz,
    approved_by  text,
    constraint gate_pkey primary key (mapping_name, kind),
    constraint gate_kind_check check (kind in ('changes', 'full')),
    constraint gate_mapping_name_fkey foreign key (mapping_name)
        references sync.table_mapping (mapping_name) on update cascade on delete cascade
);
comment on table sync.gate is
    'A mapping that max_deletes or max_changed_share stopped, with what the next pass would do. Written by passes and sync.approve; gone when a pass went through.';
comment on column sync.gate.mapping_name is 'Mapping that is stopped.';
comment on column sync.gate.kind is 'changes: a pass over what waits; full: the scan of a full synchronisation.';
comment on column sync.gate.pass_id is 'Pass that stopped last; null: it had not begun yet.';
comment on column sync.gate.deletes is 'Rows a pass would delete, both sides.';
comment on column sync.gate.changes is 'Coupled rows a pass would change or delete.';
comment on column sync.gate.couplings is 'Couples of the mapping then.';
comment on column sync.gate.entries is 'Entries that waited then; another number makes a pass count again.';
comment on column sync.gate.revision is 'Revision of the mapping then; another one makes a pass count again.';
comment on column sync.gate.stopped_at is 'When it was stopped first.';
comment on column sync.gate.approved_at is 'When sync.approve was called; null: it waits for a person.';
comment on column sync.gate.approved_by is 'Role that approved.';
