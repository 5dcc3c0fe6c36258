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
