#!/usr/bin/env bash
# Installs checkov, the policy checks of terraform/ (PyPI), pinned, into CATCHWATER_CACHE once, and prints the Terraform that the
# tests run: the first of `terraform` on the PATH and CATCHWATER_TERRAFORM (a Terraform that needs no registry) that can
# get the AWS provider here. Without one the tests say SKIPPED.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/python_venv.sh
CHECKOV=3.3.30

install checkov "$CHECKOV" "checkov==$CHECKOV"
link checkov "checkov-$CHECKOV/bin/checkov"

probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
# Providers are fetched once for all modules, and by one process: Terraform's cache is not made for several.
export TF_PLUGIN_CACHE_DIR="$CATCHWATER_CACHE/terraform-plugins" CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
mkdir -p "$TF_PLUGIN_CACHE_DIR"
cp terraform/versions.tf "$probe/" # which versions it must have

for program in "$(command -v terraform || true)" "${CATCHWATER_TERRAFORM:-}"; do
  if [ -z "$program" ]; then continue; fi
  if (cd "$probe" && "$program" init -input=false -no-color >init.log 2>&1); then
    echo "$program"
    exit 0
  fi
  why="${why:-}$program gets no AWS provider: $(grep -m 1 -o 'Error: .*' "$probe/init.log" || echo "it ends with an error"). "
done
echo "${why:-}no Terraform: install Terraform, or name one that needs no registry in CATCHWATER_TERRAFORM" >&2
