"""The acceptance story of S03 on the embedded engine, with the stand-ins as real processes."""

import pytest

from heqi.node import stories

# S03.12, in fen where it is money.
FIGURES = {
    "confirm_fee": 500_000,  # 2,400,000.00 · 0.5 % · 150/360
    "quota_left": 260_000_000,
    "finance_days": 121,
    "interest": 806_667,
    "platform_fee": 50_417,
    "proceeds": 49_142_916,
    "saving": 319_306,
    "auto_approved": "APPROVED",
    "refactoring_days": 88,
    "refactoring_cost": 440_000,
    "refactoring_receives": 49_560_000,
    "refactoring_margin": 366_667,
    "shortfall_the_day_before": 10_000_000,
    "instructed_bank": 50_000_000,
    "instructed_yi": 30_000_000,
    "instructed_jia": 160_000_000,
    "instructed_total": 240_000_000,
    "covered": 10_000_000,
    "package": "SETTLED",
    "paid": 240_000_000,
    "quota_free_again": 500_000_000,
    "dealer_score": 75,
    "dealer_band": "B",
}


@pytest.mark.parametrize("suite", ["intl", "gm"])
def test_the_story_passes_with_every_figure_of_the_specification(suite):
    played = stories.play_alone(stories.find("S03"), suite=suite)
    assert played.fault is None
    assert played.figures == FIGURES
