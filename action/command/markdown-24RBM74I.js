import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-LI7AV2L2.js";import"./chunk-NYKK6OGV.js";import"./chunk-ICFXR6YO.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
