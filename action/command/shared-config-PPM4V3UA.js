import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{configuredBundle,ofProfile}from"./chunk-KEHIMXHM.js";import"./chunk-BIRGA6UD.js";import"./chunk-XWVLG2UG.js";import"./chunk-DHDU2LMO.js";import"./chunk-P3L3OJW5.js";export{configuredBundle,ofProfile};
