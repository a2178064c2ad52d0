# Reads settings from a file; what the environment has set already stays.
# shellcheck shell=bash

load_settings() {
  local file=${KP_SETTINGS:-$root/kp.env} line name number=0
  if [[ ! -f $file ]]; then
    [[ -z ${KP_SETTINGS-} ]] || fail "there is no settings file $file" 'KP_SETTINGS names it; docs/settings.reference.env shows every key'
    return 0
  fi
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    if [[ $line =~ ^((KP|OTEL)_[A-Z0-9_]+)=(.*)$ ]]; then
      name=${BASH_REMATCH[1]}
      [[ -v $name ]] || export "$name=${BASH_REMATCH[3]}"
    elif [[ -n $line && $line != '#'* ]]; then
      fail "line $number of $file is no setting" 'a line is KP_NAME=value, or empty, or begins with #'
    fi
  done <"$file"
}
