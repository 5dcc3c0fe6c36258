-- Triggers on our own tables. Capture triggers on other tables are made by sync.enable_capture.
create or replace trigger table_mapping_revision before update on sync.table_mapping
    for each row execute function sync_private.bump_own_revision();
comment on trigger table_mapping_revision on sync.table_mapping is 'Raises the revision of a mapping that is edited.';
create or replace trigger table_mapping_rename after update on sync.table_mapping
    for each row when (old.mapping_name <> new.mapping_name) execute function sync_private.rename_mapping();
comment on trigger table_mapping_rename on sync.table_mapping is 'What belongs to a renamed mapping goes with it.';
create or replace trigger table_mapping_keep_coupled before delete on sync.table_mapping
    for each row execute function sync_private.keep_coupled();
comment on trigger table_mapping_keep_coupled on sync.table_mapping is 'Refuses to delete a mapping that still has couplings.';
create or replace trigger table_mapping_forget after delete on sync.table_mapping
    for each row execute function sync_private.forget_mapping();
comment on trigger table_mapping_forget on sync.table_mapping is 'Takes triggers and waiting entries of a deleted mapping away.';

create or replace trigger field_mapping_revision after insert or update or delete on sync.field_mapping
    for each row execute function sync_private.bump_revision();
comment on trigger field_mapping_revision on sync.field_mapping is 'Raises the revision of the mapping.';
create or replace trigger mapping_dependency_revision after insert or update or delete on sync.mapping_dependency
    for each row execute function sync_private.bump_revision();
comment on trigger mapping_dependency_revision on sync.mapping_dependency is 'Raises the revision of the mapping.';
create or replace trigger insert_default_revision after insert or update or delete on sync.insert_default
    for each row execute function sync_private.bump_revision();
comment on trigger insert_default_revision on sync.insert_default is 'Raises the revision of the mapping.';
create or replace trigger capture_source_revision after insert or update or delete on sync.capture_source
    for each row execute function sync_private.bump_revision();
comment on trigger capture_source_revision on sync.capture_source is 'Raises the revision of the mapping.';
create or replace trigger transformation_rule_revision after insert or update or delete on sync.transformation_rule
    for each row execute function sync_private.bump_rule_revision();
comment on trigger transformation_rule_revision on sync.transformation_rule is 'Raises the revision of the mappings that use the rule.';
create or replace trigger system_revision after insert or update or delete on sync.system
    for each row execute function sync_private.bump_system_revision();
comment on trigger system_revision on sync.system is 'Raises the revision of the mappings with tables in the schema.';

create or replace trigger coupling_wake after insert on sync.coupling
    referencing new table as sync_new for each statement execute function sync_private.wake();
comment on trigger coupling_wake on sync.coupling is 'Wakes the parked records that wait for a new coupling.';
create or replace trigger option_mapping_wake_insert after insert on sync.option_mapping
    referencing new table as sync_new for each statement execute function sync_private.wake_option();
comment on trigger option_mapping_wake_insert on sync.option_mapping is 'Wakes the parked records that wait for an option.';
create or replace trigger option_mapping_wake_update after update on sync.option_mapping
    referencing new table as sync_new for each statement execute function sync_private.wake_option();
comment on trigger option_mapping_wake_update on sync.option_mapping is 'Wakes the parked records that wait for an option.';

create or replace trigger schedule_plan before insert or update on sync.schedule
    for each row execute function sync_private.plan_schedule();
comment on trigger schedule_plan on sync.schedule is 'Refuses what is no schedule; plans an edited one anew.';
create or replace trigger schedule_tell after delete on sync.schedule
    for each statement execute function sync_private.tell_watchers();
comment on trigger schedule_tell on sync.schedule is 'Watchers look at once.';
create or replace trigger table_mapping_tell after insert or update of is_enabled, is_paused or delete on sync.table_mapping
    for each statement execute function sync_private.tell_watchers();
comment on trigger table_mapping_tell on sync.table_mapping is 'Watchers look at once.';
