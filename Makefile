# Thin names; scripts/setup does the work that comes before each job, and does it once.
#   PYTHON=python3.12     the interpreter that .venv is made with
#   ARGS='-k handshake'   handed on to the job (pytest, tox, the demo, the benchmark)
#   ARGS=--tables=write   with `make tables`: the documents' tables are written anew
#   TONGSUO_VERSION=8.4.0, TONGSUO_HOME=prefix, TONGSUO_SRC=tree     another Tongsuo

.PHONY: help demo test docker-tests tables fuzz bench sanitize lint docs coverage wheel wheels newest newcomer matrix
.PHONY: docker compose reproducible clean
PY = .venv/bin/python

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo:  ## a TLCP session over real sockets, and three attacks refused
	@sh scripts/setup demo
	@.venv/bin/tongsuo-py demo $(ARGS)

test:  ## the tests
	@sh scripts/setup test
	@$(PY) -m pytest -n auto --dist loadgroup --ignore=tests/docker $(ARGS)

docker-tests:  ## the images and the compose profiles, really built and run (some ten minutes)
	@sh scripts/setup docker-tests
	@$(PY) -m pytest tests/docker $(ARGS)

tables:  ## what the documents say of libraries, peers and CPython's own tests: run, printed, checked
	@sh scripts/setup test
	@$(PY) -m pytest -n auto --dist loadgroup tests/libraries tests/interop tests/cpython --tables=check $(ARGS)

fuzz:  ## every parser under atheris, a minute each (ARGS='--seconds 10 --only certificate')
	@sh scripts/setup fuzz
	@$(PY) -m fuzz $(ARGS)

bench:  ## the benchmarks: beside C, AES and other packages (ARGS=schemes, ARGS=growth: the others)
	@sh scripts/setup bench
	@.venv/bin/tongsuo-py bench $(ARGS)

sanitize:  ## the tests of what is C, with it under AddressSanitizer and UndefinedBehaviorSanitizer
	@sh scripts/setup test
	@sh scripts/sanitize $(ARGS)

lint:  ## ruff, mypy, and two that read .github
	@sh scripts/setup lint
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@.venv/bin/zizmor --offline --quiet --no-progress --persona=pedantic .

docs:  ## the site, into docs/_build/html; a warning is an error
	@sh scripts/setup docs
	@$(PY) -m sphinx --quiet --fail-on-warning --keep-going --builder html docs docs/_build/html $(ARGS)
	@echo docs/_build/html/index.html

# Without the tests that watch memory, which the measuring itself takes.
coverage:  ## which lines and branches of the package the tests reach (half an hour; ARGS: folders)
	@sh scripts/setup coverage
	@$(PY) -m pytest -n auto --dist loadgroup --cov --cov-report=term:skip-covered --cov-report=html \
	    --ignore=tests/docker --ignore-glob='*memory.py' --ignore-glob='*memory_use.py' --ignore-glob='*leaks.py' \
	    --ignore-glob='*allocations.py' $(ARGS)

wheel:  ## source distribution and wheel, checked by auditwheel and twine, into dist/
	@sh scripts/setup wheel
	@sh scripts/wheel

wheels:  ## the wheels of a release for this kind of machine, by cibuildwheel (on Linux it takes Docker)
	@sh scripts/setup wheel
	@$(PY) -m cibuildwheel --output-dir dist $(ARGS)

newest:  ## the tests from the wheel in dist/, with CPython 3.14 and 3.15, in a container of Debian unstable
	@sh scripts/newest $(ARGS)

newcomer:  ## the first commands of the README in fresh containers, and the wheel in dist/ where there is nothing else
	@sh scripts/newcomer $(ARGS)

matrix:  ## the tests with every interpreter here, against Tongsuo 8.5.0 and 8.4.0
	@sh scripts/setup matrix
	@$(PY) -m tox run $$(sh scripts/setup pythons) $(ARGS)

docker:  ## the images tongsuo-py, tongsuo-py:tongsuo, tongsuo-py:dev (CA_BUNDLE=ca.pem behind an inspecting proxy)
	@sh scripts/docker build $(ARGS)

compose:  ## a TLCP server and client in containers; PROFILE=https, interop, scale
	@sh scripts/docker compose $(PROFILE)

reproducible:  ## Tongsuo and the extension, compiled twice in Docker and compared
	@sh scripts/docker reproducible

clean:  ## removes what make has made here (not Tongsuo, which is in the user's cache)
	rm -rf .venv .tox build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov docs/_build
	rm -rf tongsuo_py/_tongsuo*.so tongsuo_py/_tongsuo.c tongsuo/target fuzz/findings
	rm -rf __pycache__ */__pycache__ */*/__pycache__ */*/*/__pycache__
