"""For every test: hypothesis measures nothing by the clock. A loaded machine is no fault of the code."""

from hypothesis import HealthCheck, settings

settings.register_profile("heqi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("heqi")
