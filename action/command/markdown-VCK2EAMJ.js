import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-QKDLQDBZ.js";import"./chunk-R5ZTYRLY.js";import"./chunk-VZGWWELC.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
