#!/usr/bin/env node
require('../dist/bundle.js');
