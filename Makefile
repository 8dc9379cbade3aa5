# Everything runs in .venv, which the first target that needs it makes: Python 3.11 or newer with
# venv, make and a network are enough.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
WORKERS ?= 2
DATA ?=

# Where a network has a certificate authority of its own, uv believes it as pip does.
export UV_SYSTEM_CERTS := true

BIN := .venv/bin
READY := .venv/ready
CODE := badge_engine django_adapter tests $(wildcard examples benchmarks)

.PHONY: help demo test coverage lint format bench lock clean .venv

help:
	@echo 'make demo [DATA=folder]  watch badges being earned, from the shipped or your own events'
	@echo 'make test                everything that is checked before a change lands'
	@echo 'make coverage            the tests again, and which branches they leave dark'
	@echo 'make lint                the same without the tests'
	@echo 'make format              lay the code out'
	@echo 'make bench               measure, side by side'
	@echo 'make lock                choose the versions of all dependencies anew'
	@echo 'make clean               remove what the other targets made'

demo: $(READY)
	@$(BIN)/python -m examples.demo $(if $(DATA),'$(DATA)')

# The adapter's tests run on both databases: alone on SQLite, but for those that need none of the two,
# and with all others on PostgreSQL. Where PYTEST chooses none of them pytest says 5: no failure.
test: lint
	BADGE_ENGINE_TEST_DATABASE=sqlite \
		$(BIN)/python -m pytest -n $(WORKERS) tests/django $(addprefix --ignore tests/django/,\
		test_dart.py test_docs.py test_translations.py) $(PYTEST) || [ $$? -eq 5 ]
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST)

coverage: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term $(PYTEST)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

bench: $(READY)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.online
	@$(BIN)/python -m benchmarks.django

lock: $(READY)
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
		--extra cli --extra sql --extra django --extra bulk --group test \
		pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv build dist site mutants .coverage .coverage.* .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv: $(READY)

# uv installs in seconds; where it cannot be had or cannot reach the registry, pip does the same.
# The build backend is in the lock, so installing the project itself asks the network for nothing.
$(READY): requirements.lock pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed: install it, or name it with' \
		'make PYTHON=/path/to/python' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo 'The venv module of $(PYTHON) is' \
		'missing: install it (Debian and Ubuntu: apt-get install python3-venv)' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
