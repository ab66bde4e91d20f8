import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-SMOHOWTY.js";import"./chunk-XWVLG2UG.js";import"./chunk-DHDU2LMO.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
