import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-KIO56ROX.js";import"./chunk-LQHJLMHW.js";import"./chunk-XHWTXREJ.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
