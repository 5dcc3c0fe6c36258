"""Salespeople and currencies of the Business Central and Sales pack through whole passes."""

from __future__ import annotations

import pytest

from tests.packs.conftest import Ask, One, Sync
from tests.packs.sales import creating, dsn, parked

__all__ = ["creating", "dsn"]

SOFIE = "5a100000-0000-4000-8000-000000000004"


def test_a_user_updates_the_coupled_salesperson_and_never_the_reverse(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update crm.systemuser set lastname = 'Brink-Olsen', mobilephone = null where firstname = 'Hanna'")
    ask("update bc.salesperson_purchaser set email = 'own@example.org' where code = 'LM'")
    pass_and_rest()
    assert ask("select name, phone_no from bc.salesperson_purchaser where code = 'HB'") == [("Hanna Brink-Olsen", "")]
    assert (
        one("select internalemailaddress from crm.systemuser where firstname = 'Luca'")
        == "luca.moretti@cedarlane.example"
    )


@pytest.mark.usefixtures("creating")
def test_rule_9_only_enabled_licensed_people_become_salespeople(ask: Ask, pass_and_rest: Sync) -> None:
    ask(
        "update crm.systemuser set mobilephone = '1'"
        " where systemuserid::text not in (select right_key from sync.coupling)"
    )
    ask("insert into crm.systemuser (fullname, islicensed) values ('No Licence', false)")
    ask("select sync.couple('SALESPEOPLE', 'SV', $1)", SOFIE)
    pass_and_rest()
    assert ask("select code, name from bc.salesperson_purchaser where code like 'SP NO.%'") == [
        ("SP NO. 1", "Rosa Delgado")
    ]


def test_a_new_rate_reaches_sales(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("insert into bc.currency_exchange_rate values ('EUR', '2019-10-01', 110, '', 100)")
    pass_and_rest()
    assert float(
        one("select exchangerate from crm.transactioncurrency where isocurrencycode = 'EUR'")
    ) == pytest.approx(1.1)


def test_a_new_rate_of_one_currency_reaches_those_whose_rates_are_given_in_it(
    ask: Ask, one: One, pass_and_rest: Sync
) -> None:
    ask("insert into bc.currency_exchange_rate values ('USD', '2019-09-01', 110, 'EUR', 100)")
    ask("insert into bc.currency_exchange_rate values ('EUR', '2019-10-01', 112, '', 100)")
    pass_and_rest()
    assert one("select exchangerate::text from crm.transactioncurrency where isocurrencycode = 'USD'") == "1.2320000000"


@pytest.mark.usefixtures("creating")
def test_rule_6_only_currencies_with_an_iso_code_go_to_sales(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update bc.currency set description = 'Norsk krone' where code = 'NOK'")
    ask("update bc.currency set description = 'Points' where code = 'BONUS'")
    pass_and_rest()
    assert parked(ask) == []
    assert ask(
        "select isocurrencycode, currencysymbol, currencyname, currencyprecision from crm.transactioncurrency"
        " where isocurrencycode not in ('GBP', 'EUR', 'USD')"
    ) == [("NOK", "NOK", "Norsk krone", 2)]


@pytest.mark.usefixtures("creating")
def test_rule_6_a_currency_without_a_rate_is_refused_until_it_has_one(ask: Ask, one: One, sync: Sync) -> None:
    ask("insert into bc.currency (code, iso_code) values ('SEK', 'SEK')")
    sync()
    assert ask("select record_key, message from sync.problem") == [
        ("SEK", "error: no exchange rate is defined for currency SEK")
    ]
    ask("insert into bc.currency_exchange_rate values ('SEK', '2019-01-01', 100, '', 8)")
    sync()
    assert parked(ask) == []
    assert one("select exchangerate from crm.transactioncurrency where isocurrencycode = 'SEK'") == 12.5


@pytest.mark.usefixtures("creating")
def test_a_new_currency_has_the_precision_of_the_organisation(ask: Ask, one: One, pass_and_rest: Sync) -> None:
    ask("update crm.organization set currencydecimalprecision = 3")
    ask("update bc.currency set description = 'Norsk krone' where code = 'NOK'")
    pass_and_rest()
    precision = "select currencyprecision from crm.transactioncurrency where isocurrencycode = 'NOK'"
    assert one(precision) == 3
    ask("update crm.organization set currencydecimalprecision = 4")
    ask("update bc.currency set description = 'Krone' where code = 'NOK'")
    pass_and_rest()
    assert one(precision) == 3
