import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-QBKAELR4.js";import"./chunk-QHI4QOQC.js";import"./chunk-NYKK6OGV.js";import"./chunk-ICFXR6YO.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
