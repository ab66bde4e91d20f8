import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-JB62HTAQ.js";import"./chunk-AARGX7QM.js";import"./chunk-72YEGCCX.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
