import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-6GL4SIMV.js";import"./chunk-WRP3IWAF.js";import"./chunk-DBHEFDCW.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
