import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{readPassphrase,readSecret}from"./chunk-4I7UX4NG.js";import"./chunk-WRP3IWAF.js";import"./chunk-DBHEFDCW.js";import"./chunk-P3L3OJW5.js";export{readPassphrase,readSecret};
