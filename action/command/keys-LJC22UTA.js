import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-4HDDJENJ.js";import"./chunk-BM3K7SG5.js";import"./chunk-EZITLL3E.js";import"./chunk-E6IYQMF2.js";import"./chunk-BIRGA6UD.js";import"./chunk-XWVLG2UG.js";import"./chunk-DHDU2LMO.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
