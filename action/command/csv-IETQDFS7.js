import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-3YCJMQ3G.js";import"./chunk-AARGX7QM.js";import"./chunk-72YEGCCX.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
