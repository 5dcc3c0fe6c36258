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
