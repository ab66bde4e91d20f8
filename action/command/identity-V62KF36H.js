import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-SOGHLHNP.js";import"./chunk-ZITQ2EGN.js";import"./chunk-3MG5CNZD.js";import"./chunk-X2GWDN5U.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
