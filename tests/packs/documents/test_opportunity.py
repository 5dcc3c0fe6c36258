"""OPPORTUNITY of the Business Central and Sales pack: created on either side, only the description flows back."""

from __future__ import annotations

from tests.packs.documents.office import Office

LUCA = "5a100000-0000-4000-8000-000000000002"
SOFIE = "5a100000-0000-4000-8000-000000000004"
GARETH = "c0a00000-0000-4000-8000-000000000130"


def opportunity(office: Office, no: str, columns: str) -> tuple[object, ...]:
    """Columns of the opportunity in Sales that an opportunity is coupled with."""
    (row,) = office.ask(
        f"select {columns} from crm.opportunity where opportunityid = $1::uuid",  # noqa: S608
        office.coupled("OPPORTUNITY", no),
    )
    return row


def made(office: Office, no: str, name: str = "New hall", contact: str = "CT000130", salesperson: str = "LM") -> None:
    """A new opportunity, which a pass has taken to Sales."""
    office.ask(
        "insert into bc.opportunity (no, description, contact_no, salesperson_code) values ($1, $2, $3, $4)",
        no,
        name,
        contact,
        salesperson,
    )
    office.rest()


def test_the_sample_opportunity_is_in_step(office: Office) -> None:
    office.ask("select sync.request_sync('OPPORTUNITY', 'left', 'OP000010')")
    assert office.rest().counts[("OPPORTUNITY", "to_right")].unchanged == 1


def test_a_new_opportunity_is_created_in_sales_with_contact_and_owner(office: Office) -> None:
    office.ask(
        "insert into bc.opportunity (no, description, contact_no, salesperson_code) values"
        " ('N1', 'New hall', 'CT000130', 'LM')"
    )
    office.ask(
        "insert into bc.opportunity_entry (opportunity_no, active, estimated_value_lcy, estimated_close_date)"
        " values ('N1', true, 1234.56, '2019-08-31')"
    )
    assert office.rest().counts[("OPPORTUNITY", "to_right")].inserted == 1
    assert opportunity(
        office,
        "N1",
        "name, parentcontactid::text, customerid::text, ownerid::text, owneridtype, estimatedvalue::text,"
        " estimatedclosedate::text, statecode",
    ) == ("New hall", GARETH, GARETH, LUCA, "systemuser", "1234.56", "2019-08-31", 0)


def test_a_new_opportunity_of_sales_is_numbered_and_has_nothing_but_its_description(office: Office) -> None:
    office.ask(
        "insert into crm.opportunity (name, parentcontactid, ownerid, estimatedvalue) values"
        " ($1, $2::uuid, $3::uuid, 99)",
        "Wing " + "W" * 120,
        GARETH,
        LUCA,
    )
    assert office.rest().counts[("OPPORTUNITY", "to_left")].inserted == 1
    assert office.ask(
        "select no ~ '^OP[0-9]{6}$', length(description), contact_no, salesperson_code, creation_date = current_date,"
        " status, estimated_value_lcy::text from bc.opportunity where description like 'Wing%'"
    ) == [(True, 100, "", "", True, 0, "0")]


def test_the_description_flows_both_ways(office: Office) -> None:
    made(office, "B1")
    office.ask("update bc.opportunity set description = 'Great hall' where no = 'B1'")
    office.rest()
    assert opportunity(office, "B1", "name") == ("Great hall",)
    office.ask("update crm.opportunity set name = 'Small hall' where name = 'Great hall'")
    office.rest()
    assert office.one("select description from bc.opportunity where no = 'B1'") == "Small hall"


def test_stage_status_and_estimates_of_sales_do_not_come_back(office: Office) -> None:
    made(office, "S1", "Stages")
    office.ask(
        "update crm.opportunity set statecode = 1, statuscode = 3, salesstage = 3, stepname = 'Close',"
        " estimatedvalue = 1, ownerid = $1::uuid where name = 'Stages'",
        SOFIE,
    )
    office.ask("update bc.opportunity set status = 3, closed = true where no = 'S1'")
    office.rest()
    assert office.ask(
        "select status, salesperson_code, estimated_value_lcy::text from bc.opportunity where no = 'S1'"
    ) == [(3, "LM", "0")]
    assert opportunity(office, "S1", "statecode, salesstage") == (1, 3)


def test_the_active_entry_gives_the_estimates(office: Office) -> None:
    made(office, "E1")
    office.ask(
        "insert into bc.opportunity_entry (opportunity_no, active, estimated_value_lcy, estimated_close_date)"
        " values ('E1', true, 500, '2019-09-01')"
    )
    office.rest()
    office.ask("update bc.opportunity_entry set active = false where opportunity_no = 'E1'")
    office.ask(
        "insert into bc.opportunity_entry (opportunity_no, active, estimated_value_lcy, estimated_close_date)"
        " values ('E1', true, 700.25, '2019-10-01')"
    )
    office.rest()
    assert opportunity(office, "E1", "estimatedvalue::text, estimatedclosedate::text") == ("700.25", "2019-10-01")


def test_the_same_description_changed_on_both_sides_is_a_conflict_for_a_person(office: Office) -> None:
    made(office, "K1", "Both")
    office.ask("update bc.opportunity set description = 'Ours' where no = 'K1'")
    office.ask("update crm.opportunity set name = 'Theirs' where name = 'Both'")
    office.sync()
    assert office.problems("OPPORTUNITY") == ["description is 'Ours' on the left and 'Theirs' on the right"]
    office.ask("select sync.resolve_conflict(conflict_id, 'left') from sync.conflict where left_key = 'K1'")
    office.rest()
    assert opportunity(office, "K1", "name") == ("Ours",)
    assert office.problems("OPPORTUNITY") == []


def test_rule_13_a_contact_that_is_not_coupled_is_waited_for(office: Office) -> None:
    office.ask("insert into bc.opportunity (no, description, contact_no) values ('C1', 'Waits', 'CT000170')")
    office.sync()
    assert office.problems("OPPORTUNITY") == ["reference: contact_no CT000170 must be coupled in CONTACT"]
    office.ask(
        "insert into crm.contact (contactid, lastname) values ('c0a00000-0000-4000-8000-000000000170', 'Solberg')"
    )
    office.ask("select sync.couple('CONTACT', 'CT000170', 'c0a00000-0000-4000-8000-000000000170')")
    office.sync("OPPORTUNITY")
    assert opportunity(office, "C1", "parentcontactid::text") == ("c0a00000-0000-4000-8000-000000000170",)
    assert office.problems("OPPORTUNITY") == []


def test_rule_5_a_salesperson_that_is_not_coupled_is_waited_for(office: Office) -> None:
    office.ask("insert into bc.opportunity (no, description, salesperson_code) values ('O1', 'Owner', 'SV')")
    office.sync("OPPORTUNITY")
    assert office.problems("OPPORTUNITY") == ["reference: salesperson_code SV must be coupled in SALESPEOPLE"]
    office.ask("select sync.couple('SALESPEOPLE', 'SV', $1)", SOFIE)
    office.sync("OPPORTUNITY")
    assert opportunity(office, "O1", "ownerid::text") == (SOFIE,)


def test_rule_5_no_salesperson_leaves_the_owner_alone(office: Office) -> None:
    made(office, "O2")
    office.ask("update bc.opportunity set salesperson_code = '', description = 'Nobody''s' where no = 'O2'")
    office.sync("OPPORTUNITY")
    assert opportunity(office, "O2", "ownerid::text, name") == (LUCA, "Nobody's")


def test_a_deleted_opportunity_is_a_question_and_ends_with_uncoupling(office: Office) -> None:
    made(office, "D1", "Gone")
    office.ask("delete from bc.opportunity where no = 'D1'")
    office.sync("OPPORTUNITY")
    assert office.problems("OPPORTUNITY") == ["deleted: the left record was deleted; it is still coupled"]
    assert office.one("select count(*) from crm.opportunity where name = 'Gone'") == 1
    office.ask("select sync.uncouple('OPPORTUNITY', 'D1')")
    office.sync("OPPORTUNITY")
    assert office.problems("OPPORTUNITY") == []


def test_a_deleted_opportunity_is_restored_when_the_mapping_says_so(office: Office) -> None:
    made(office, "R1", "Back")
    office.ask("update sync.table_mapping set on_right_delete = 'restore' where mapping_name = 'OPPORTUNITY'")
    office.ask("delete from crm.opportunity where name = 'Back'")
    office.sync("OPPORTUNITY")
    office.ask("update sync.table_mapping set on_right_delete = 'fail' where mapping_name = 'OPPORTUNITY'")
    assert opportunity(office, "R1", "name") == ("Back",)


def test_existing_opportunities_are_coupled_by_hand_and_then_travel(office: Office) -> None:
    office.ask("select sync.pause('OPPORTUNITY')")
    office.ask("insert into bc.opportunity (no, description) values ('H1', 'By hand')")
    office.ask(
        "insert into crm.opportunity (opportunityid, name) values ('0b000000-0000-4000-8000-0000000000f1', 'By hand')"
    )
    office.ask("select sync.couple('OPPORTUNITY', 'H1', '0b000000-0000-4000-8000-0000000000f1')")
    office.ask("select sync.resume('OPPORTUNITY')")
    office.sync("OPPORTUNITY")
    office.ask("update bc.opportunity set description = 'Coupled' where no = 'H1'")
    office.sync("OPPORTUNITY")
    assert office.ask(
        "select name from crm.opportunity where opportunityid = '0b000000-0000-4000-8000-0000000000f1'"
    ) == [("Coupled",)]
    assert office.one("select count(*) from crm.opportunity where name = 'By hand'") == 0


def test_rule_0_what_the_connection_account_changes_is_ignored(office: Office) -> None:
    made(office, "I1", "Ignored")
    role = office.one("select integration_role from sync.system where schema_name = 'crm'")
    office.ask(f"create role {role}")
    try:
        office.ask(f"grant usage on schema crm to {role}")
        office.ask(f"grant select, update on crm.opportunity, crm.systemuser, crm.organization to {role}")
        office.ask(f"set role {role}")
        office.ask("update crm.opportunity set name = 'By the connection' where name = 'Ignored'")
        office.ask("reset role")
        assert office.sync("OPPORTUNITY").counts == {}
        assert office.one("select description from bc.opportunity where no = 'I1'") == "Ignored"
    finally:
        office.ask("reset role")
        office.ask(f"drop owned by {role}")
        office.ask(f"drop role {role}")
