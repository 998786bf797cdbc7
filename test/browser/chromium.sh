#!/bin/sh
# Starts the Chromium that is named in CHROMIUM_PROGRAM, with windows whose address bar has no pages of its own: of an
# empty page they cost two thirds of the CPU time. Playwright names in one argument what it switches off, and Chromium
# takes the last such argument alone, so this one is made longer.
for argument do
  shift
  case $argument in
    --disable-features=*) argument="$argument,WebUIOmniboxPopup,WebUIOmniboxAimPopup" ;;
  esac
  set -- "$@" "$argument"
done
exec "$CHROMIUM_PROGRAM" "$@"
