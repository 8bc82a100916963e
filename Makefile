PYTHON ?= python3
VENV := .venv
BENCHMARKS := measuring scrubbing exporting slow_machine app_start load_test scaling cluster
BROWSER := $(or $(shell command -v chromium chromium-browser google-chrome 2>/dev/null | head -n 1),missing)

.PHONY: app test browser bench screenshots clean

app: $(VENV)/app  ## the map in a browser tab
	$(VENV)/bin/streamlit run app.py

test: $(VENV)/test browser  ## all tests
	$(VENV)/bin/python -m pytest

browser:  ## Chromium for the browser tests, where it can be had; without it they are skipped and say so
ifeq ($(BROWSER),missing)
	-@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium; \
	else echo "No Chromium found: the browser tests will be skipped. Install chromium or Google Chrome to run them."; fi
endif

$(VENV)/app: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/test: $(VENV)/app tests/requirements.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@

bench: $(VENV)/test browser  ## every benchmark, with its peer in the same run, into the README; takes about an hour
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/benchmarks/requirements.txt
	for name in $(BENCHMARKS); do \
		$(VENV)/bin/python -m tests.benchmarks.$$name | $(VENV)/bin/python -m tests.benchmarks.readme $$name || exit 1; \
	done

screenshots: $(VENV)/test browser  ## the README's pictures, anew
	$(VENV)/bin/python -m pytest tests/browser/test_page.py -k screenshots --regenerate

clean:  ## remove the virtual environment
	rm -rf $(VENV)
