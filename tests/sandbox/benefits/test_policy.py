"""Policy files: everything in the model can be said, nothing that could not be applied is accepted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kiosk.assets import path as asset
from kiosk.sandbox.benefits import Facts, Insured, NoBenefit, SoFar, load_items, load_policy, plan_for, settle
from kiosk.sandbox.benefits.items import share_line
from kiosk.settings import SettingsError

EXAMPLE = """
[region]
admdvs = "990000"
year = 2024
insutype = "390"
valid = ["2024-01-01", "2024-12-31"]
catalogue = { same_province = "province", cross_province = "treatment" }
rounding = { mode = "half_up", step = "0.01" }
order = ["ownpay", "overlimit", "preself", "remote", "period", "deductible", "tiers", "cap", "large",
         "cata", "civil", "aid", "account"]
account = { first = false, pays_out_of_scope = true, mutual = "one_per_settlement" }

[[benefit]]
med_type = ["21"]
level = "3"
psn = ["15"]
deductible = { by_stay = ["900", "450", "0"], scope = "year", counts = "inscp" }
tiers = { on = "inscp_with_deductible", rows = [["20000", "0.68"], ["40000", "0.73"], ["inf", "0.78"]] }
cap = { kind = "fund", amount = "250000" }

[[benefit.adjust]]
when = { remote = "temporary" }
pre_self = "0.10"

[[benefit.adjust]]
when = { remote = "unfiled" }
ratio_points = "-0.10"
floor = "0.40"

[[benefit]]
med_type = ["140104"]
disease = ["D1"]
deductible = { by_stay = ["0"], scope = "year", counts = "inscp" }
period = { unit = "month", fee_limit = "300" }
tiers = { on = "inscp_after_deductible", rows = [["inf", "0.70"]] }

[large]
base = "excess_fee"
ratio = "0.95"

[cata]
deductible = "20000"
with_deductible = true
bounds = "absolute"
rows = [["inf", "0.50"]]
special = { low_income = { deductible_factor = "0.5", points = "0.05" } }

[civil]
before = "cata"
rows = [["inf", "0.90"]]
retired_rows = [["inf", "0.95"]]

[[aid]]
group = ["low_income_margin"]
deductible = "0"
ratio = "0.70"

[[aid]]
group = ["low_income_margin"]
deductible = "3000"
ratio = "0.60"
cap = "20000"
"""

STAY = Insured(day=dt.date(2024, 6, 1), med_type="21", psn_type="1501", level="3")


@pytest.fixture
def written(tmp_path):
    def write(text: str = EXAMPLE, old: str = "", new: str = ""):
        assert old in text
        path = tmp_path / "policy.toml"
        path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        return path

    return write


def hifp(plan, total: str, **so_far: str) -> int:
    facts = Facts(Decimal(total), so_far=SoFar(**{name: Decimal(value) for name, value in so_far.items()}))
    return settle(plan, facts).split.pooled_fen


def test_the_published_shape_of_a_policy_loads_and_computes(written):
    plan = plan_for(load_policy(written()), STAY)
    # (20000 - 900) x 0.68 + 20000 x 0.73 + 10000 x 0.78
    assert hifp(plan, "50000") == 1298800 + 1460000 + 780000


def test_later_stays_have_their_own_deductible(written):
    policy = load_policy(written())
    by_stay = [
        plan_for(policy, Insured(STAY.day, "21", "1501", "3", stay_number=number)).deductible
        for number in (1, 2, 3, 9)
    ]
    assert by_stay == [900, 450, 0, 0]


def test_a_deductible_of_the_year_is_counted_on_and_one_of_the_stay_is_not(written):
    of_the_year = plan_for(load_policy(written()), STAY)
    of_the_stay = plan_for(load_policy(written(EXAMPLE, 'scope = "year"', 'scope = "stay"')), STAY)
    assert hifp(of_the_year, "1000", deductible="900", in_scope="900") == 68000
    assert hifp(of_the_stay, "1000", deductible="900", in_scope="900") == 6800


def test_where_the_account_comes_first_it_pays_before_deductible_and_fund(written):
    text = EXAMPLE.replace("first = false", "first = true")
    plan = plan_for(load_policy(written(text)), STAY)
    split = settle(plan, Facts(Decimal(2000), account=Decimal(600))).split
    # 600.00 by the account, then 900.00 deductible, then 68 % of 500.00
    assert (split.account_fen, split.deductible_fen, split.pooled_fen) == (60000, 90000, 34000)
    assert split.faults() == ()


def test_a_remote_patient_pays_a_first_share_or_gets_lower_ratios(written):
    policy = load_policy(written())
    temporary = plan_for(policy, Insured(STAY.day, "21", "1501", "3", remote="temporary"))
    unfiled = plan_for(policy, Insured(STAY.day, "21", "1501", "3", remote="unfiled"))
    assert temporary.first_share == Decimal("0.10")
    assert [ratio for _, ratio in unfiled.tiers] == [Decimal("0.58"), Decimal("0.63"), Decimal("0.68")]


def test_a_group_has_half_the_catastrophic_deductible_and_five_points_more(written):
    plan = plan_for(load_policy(written()), Insured(STAY.day, "21", "1501", "3", groups=("low_income",)))
    assert (plan.catastrophic.deductible, plan.catastrophic.rows[0][1]) == (10000, Decimal("0.55"))


def test_the_catastrophic_layer_stops_at_its_cap(written):
    path = written(EXAMPLE, 'bounds = "absolute"', 'bounds = "absolute"\ncap = "1000"')
    policy = load_policy(path)
    who = Insured(STAY.day, "140104", "1501", "3", disease="D1")
    so_far = SoFar(catastrophic_base=Decimal(50000), period=Decimal(300))
    assert settle(plan_for(policy, who), Facts(Decimal(9000), so_far=so_far)).split.serious_fen == 0
    stay = settle(plan_for(policy, STAY), Facts(Decimal(90000))).split
    assert stay.serious_fen == 100000


def test_the_civil_subsidy_comes_before_the_catastrophic_layer_where_the_file_says_so(written):
    policy = load_policy(written())
    assert plan_for(policy, STAY).late == ("civil", "cata", "aid")
    later = load_policy(written(EXAMPLE, 'before = "cata"\n', ""))
    assert plan_for(later, STAY).late == ("cata", "civil", "aid")


def test_civil_servants_alone_get_it_and_the_retired_their_own_rows(written):
    policy = load_policy(written(EXAMPLE, 'psn = ["15"]\n', ""))
    ratios = [
        (plan.civil.rows[0][1] if plan.civil else None)
        for plan in (
            plan_for(policy, Insured(STAY.day, "21", "1102", "3")),
            plan_for(policy, Insured(STAY.day, "21", "1102", "3", civil_servant=True)),
            plan_for(policy, Insured(STAY.day, "21", "1202", "3", civil_servant=True)),
        )
    ]
    assert ratios == [None, Decimal("0.90"), Decimal("0.95")]


@pytest.mark.parametrize(
    "who",
    [
        Insured(dt.date(2025, 1, 1), "21", "1501", "3"),
        Insured(STAY.day, "11", "1501", "3"),
        Insured(STAY.day, "21", "1101", "3"),
        Insured(STAY.day, "21", "1501", "2"),
        Insured(STAY.day, "140104", "1501", "3", disease="D2"),
    ],
)
def test_who_no_benefit_names_has_none(written, who):
    assert isinstance(plan_for(load_policy(written()), who), NoBenefit)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('valid = ["2024-01-01", "2024-12-31"]\n', "", "valid: missing"),
        ('valid = ["2024-01-01", "2024-12-31"]', 'valid = ["2024-12-31", "2024-01-01"]', "valid"),
        ('valid = ["2024-01-01", "2024-12-31"]', 'valid = ["2023-01-01", "2023-12-31"]', "valid"),
        ('["40000", "0.73"]', '["20000", "0.73"]', "does not rise"),
        ('["40000", "0.73"]', '["nan", "0.73"]', "does not rise"),
        ('["40000", "0.73"]', '["40000", "1.01"]', "outside 0..1"),
        ('["40000", "0.73"]', '["40000", "-0.01"]', "outside 0..1"),
        ('med_type = ["140104"]\ndisease = ["D1"]', 'med_type = ["21"]', "benefit[0] and benefit[1] overlap"),
        ('med_type = ["140104"]', 'med_type = ["140104", "21"]', "overlap"),
        ('level = "3"', 'levl = "3"', "did you mean level"),
        ('kind = "fund"', 'kind = "funds"', "kind"),
        ('ratio = "0.95"', 'ratio = "95"', "outside 0..1"),
        ('pre_self = "0.10"', 'pre_self = "10"', "pre_self"),
        ('fee_limit = "300"', 'fee_limit = "-300"', "fee_limit"),
        ('by_stay = ["0"]', "by_stay = []", "by_stay"),
        ('"tiers", "cap"', '"cap", "tiers"', "order"),
        ('"aid", "account"]', '"account"]', "order"),
        ('mode = "half_up"', 'mode = "half_even"', "mode"),
        ('mutual = "one_per_settlement"', 'mutual = "all"', "mutual"),
        ('["inf", "0.70"]] }', '["inf", "0.70"]], by_age = ["75", "0.2"] }', "either rows or by_age"),
        ('amount = "250000"', "amount = 250000", "decimal in quotes"),
        ('remote = "unfiled"', 'remote = "temporary"', "two rules"),
    ],
)  # fmt: skip
def test_a_policy_that_could_not_be_applied_is_refused_by_file_and_key(written, old, new, named):
    path = written(EXAMPLE, old, new)
    with pytest.raises(SettingsError) as refused:
        load_policy(path)
    assert named in str(refused.value)
    assert str(path) in str(refused.value)


def test_psn_prefixes_that_hold_one_another_overlap(written):
    more = """
[[benefit]]
med_type = ["21"]
psn = ["1501"]
deductible = { by_stay = ["0"] }
tiers = { rows = [["inf", "0.5"]] }
"""
    with pytest.raises(SettingsError, match="overlap"):
        load_policy(written(EXAMPLE + more))


def test_a_ratio_from_the_age_is_at_most_the_whole(written):
    path = written(EXAMPLE, 'rows = [["inf", "0.70"]] }', 'by_age = ["75", "0.2"] }')
    policy = load_policy(path)
    ages = [
        plan_for(policy, Insured(STAY.day, "140104", "1501", "3", disease="D1", age=age)).tiers[0][1]
        for age in (60, 130)
    ]
    assert ages == [Decimal("0.87"), 1]


@pytest.mark.parametrize("name", ["990100-employee", "990100-resident", "990200-employee"])
def test_the_policies_that_ship_load(name):
    assert load_policy(asset("policies", f"{name}.toml")).region.admdvs == name[:6]


def test_a_refund_of_one_line_is_what_the_refund_screen_shows():
    policy = load_policy(asset("policies", "990100-employee.toml"))
    plan = plan_for(policy, Insured(dt.date(2026, 11, 21), "11", "1201", "3"))
    whole = settle(
        plan, Facts(Decimal("86.40"), Decimal(10), Decimal(2), Decimal("4.40"), account=Decimal("542.30"))
    ).split
    without = settle(
        plan, Facts(Decimal("74.40"), Decimal(10), Decimal(0), Decimal("4.40"), account=Decimal("542.30"))
    ).split
    back = (
        whole.fund_fen - without.fund_fen,
        whole.account_fen - without.account_fen,
        whole.cash_fen - without.cash_fen,
    )
    assert back == (600, 400, 200)
    assert without.balance_fen == 51630


def test_two_items_with_one_code_are_refused(tmp_path):
    path = tmp_path / "items.toml"
    row = '[[item]]\ncode = "A"\nname = "a"\nitem_class = "01"\nfee_category = "09"\n'
    path.write_text('region = "990000"\n' + row + row, encoding="utf-8")
    with pytest.raises(SettingsError, match="two rows"):
        load_items(path)


@pytest.mark.parametrize(
    ("code", "quantity", "price", "parts"),  # own, over the ceiling, first share, in scope
    [
        ("XA10BAE046A010020199001", "2", "22.00", (0, 0, 440, 3960)),
        ("C99030100000000000003", "1", "12.00", (0, 200, 0, 1000)),
        ("C99010100000000000001", "1", "10.00", (1000, 0, 0, 0)),
        ("not in the directory", "1", "10.00", (1000, 0, 0, 0)),
        ("ZA04CAE0023010199005", "3", "0.1333", (0, 0, 6, 34)),
    ],
)
def test_a_line_is_divided_by_class_ceiling_and_ratio(code, quantity, price, parts):
    items = load_items(asset("policies", "990100-items.toml")).by_code
    share = share_line("1", Decimal(quantity), Decimal(price), items.get(code))
    assert (share.own_fen, share.over_limit_fen, share.pre_self_fen, share.in_scope_fen) == parts
    assert share.holds()
