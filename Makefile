# make demo      start the page and print its address
# make test      lint, types and all tests (BROWSER=no leaves out the browser tests)
# make lint      ruff and mypy only
# make format    let ruff format the code
# make weights   train the shipped models and make the shipped example again
# make banks     train the missing models of the shipped reference banks (each model sees half of the people)
# make ray       install Ray too, for --engine ray and its tests, which are skipped without it
# make benchmark measure waiting times and where the time of a run goes; python -m benchmarks lists the other studies
# make clean     remove the virtual environment and the caches of the tools

PYTHON ?= python3
VENV ?= .venv
BROWSER ?= yes
PYTEST_ARGS ?=
# the tests of one file run in one process and in their order, since they share fixtures; one that fails runs once more,
# since a busy computer can be late, and the summary names it (RERUN): it is to be mended
PROCESSES ?= -n 2 --dist loadfile --no-loadscope-reorder --reruns 1 -rR
# browser tests often wait for the page, so three processes keep two cores busy
BROWSER_PROCESSES ?= $(subst -n 2,-n 3,$(PROCESSES))

SHELL := /bin/bash
BIN := $(VENV)/bin
# stamp files: pip has run for this requirements file; pip runs again when the file is newer than its stamp
RUN_STAMP := $(VENV)/.installed-run
RAY_STAMP := $(VENV)/.installed-ray
DEV_STAMP := $(VENV)/.installed-dev
# modules are compiled when they are first imported; pip would compile all of them, which takes half a minute
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

.DEFAULT_GOAL := demo
.PHONY: demo test test-float32 lint format weights banks benchmark browser ray clean

demo: $(RUN_STAMP)
	$(BIN)/python app.py

# the browser tests run in processes of their own: the library that drives Chromium leaves an event loop running
test: lint browser
	$(BIN)/python -m pytest $(PROCESSES) -m "not browser" $(PYTEST_ARGS)
	$(if $(filter no,$(BROWSER)),,$(BIN)/python -m pytest $(BROWSER_PROCESSES) -m browser $(PYTEST_ARGS))

# the part that depends on the precision, in float32 also on a chip that multiplies bfloat16
test-float32: $(DEV_STAMP)
	DLFD_PRECISION=float32 $(BIN)/python -m pytest $(PROCESSES) tests/benchmark/test_campaign.py \
	  tests/unlearning/test_dlfd.py tests/unlearning/test_contract.py tests/test_device.py $(PYTEST_ARGS)

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

weights: $(RUN_STAMP)
	for task in emotion smiling glasses smiling+glasses identity; do \
	  OMP_NUM_THREADS=1 $(BIN)/python -m dlfd_core train --data portraits --task $$task --backbone compact_resnet \
	    --out assets/weights/portraits-$$task-compact_resnet.safetensors || exit 1; \
	done
	OMP_NUM_THREADS=1 $(BIN)/python -m dlfd_core train --data portraits --task age_group --backbone compact_resnet \
	  --epochs 12 --out assets/weights/portraits-age_group-compact_resnet.safetensors
	$(BIN)/python -m dlfd_core train --data portraits --task emotion --backbone slim_resnet --epochs 30 \
	  --out assets/weights/portraits-emotion-slim_resnet.safetensors
	OMP_NUM_THREADS=1 $(BIN)/python -m dlfd_core example

banks: $(RUN_STAMP)
	for task in emotion age_group smiling glasses smiling+glasses identity; do \
	  OMP_NUM_THREADS=1 $(BIN)/python -m dlfd_core bank --data portraits --task $$task --backbone compact_resnet \
	    --models 16 --out assets/banks/portraits-$$task-compact_resnet || exit 1; \
	done
	OMP_NUM_THREADS=1 $(BIN)/python -m dlfd_core bank --data portraits --task emotion --backbone slim_resnet \
	  --out assets/banks/portraits-emotion-slim_resnet

benchmark: $(RUN_STAMP)
	$(BIN)/python -m benchmarks.speed

ray: $(RAY_STAMP)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

# ---- set-up ----------------------------------------------------------------------------------------------------------

# $(call apt_install,PACKAGE,PURPOSE): install by apt-get as root or with sudo, else print one sentence and stop
define apt_install
as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
if ! command -v apt-get >/dev/null || { [ -n "$$as_root" ] && ! command -v sudo >/dev/null; }; then \
  echo "make: $(1) is missing ($(2)) and cannot be installed from here; install it with your package manager." >&2; \
  exit 1; \
fi; \
echo "Installing $(1) ($(2)) ..."; \
$$as_root apt-get update -qq && \
$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null || \
  { echo "make: apt-get could not install $(1) ($(2)); its words are above." >&2; exit 1; }
endef

$(VENV)/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null || { $(call apt_install,python3,everything here is Python); }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: Python 3.11 or newer is needed; give one with 'make PYTHON=python3.11 ...'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call apt_install,python3-venv,makes $(VENV)); }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "make: the virtual environment could not be made." >&2; exit 1; }

$(RUN_STAMP): requirements.txt | $(VENV)/pyvenv.cfg
	@echo "Installing what the demo needs; the first time this takes some minutes ..."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt requirements.txt | $(VENV)/pyvenv.cfg
	@echo "Installing what the demo and its tests need; the first time this takes some minutes ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $(RUN_STAMP) $@

$(RAY_STAMP): requirements-ray.txt requirements.txt | $(VENV)/pyvenv.cfg
	@$(PIP_INSTALL) -r requirements-ray.txt
	@touch $@

browser:
ifneq ($(BROWSER),no)
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	  command -v $$name >/dev/null && exit 0; \
	done; \
	{ $(call apt_install,chromium,the browser tests; BROWSER=no leaves them out); }
endif
