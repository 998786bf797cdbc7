#!/bin/sh
# Starts Chromium, the program in CHROMIUM_PROGRAM, without the two pages that it opens for the address bar of each
# window: they take two thirds of the CPU time of an empty page. Playwright lists in one argument what it switches off.
# Chromium reads only the last such argument, so ours is added to it.
for argument do
  shift
  case $argument in
    --disable-features=*) argument="$argument,WebUIOmniboxPopup,WebUIOmniboxAimPopup" ;;
  esac
  set -- "$@" "$argument"
done
exec "$CHROMIUM_PROGRAM" "$@"
