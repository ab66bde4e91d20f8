import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-CSN5SL2U.js";import"./chunk-CS5IXRHE.js";import"./chunk-Z2BWPJVN.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
