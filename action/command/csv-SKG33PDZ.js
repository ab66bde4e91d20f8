import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-EEA5CQIU.js";import"./chunk-7XBOO2K2.js";import"./chunk-BY3EXSSP.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
