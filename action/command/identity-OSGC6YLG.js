import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-4533AIQG.js";import"./chunk-AEH2PRYH.js";import"./chunk-3WVMR3AP.js";import"./chunk-EIRLTXDF.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
