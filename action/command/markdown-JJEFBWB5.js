import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-4F4ZBIX5.js";import"./chunk-GR7KIK23.js";import"./chunk-ON3BVF57.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
