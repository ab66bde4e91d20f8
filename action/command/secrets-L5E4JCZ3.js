import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{readPassphrase,readSecret}from"./chunk-4ZZ7Z4XZ.js";import"./chunk-CS5IXRHE.js";import"./chunk-Z2BWPJVN.js";import"./chunk-P3L3OJW5.js";export{readPassphrase,readSecret};
