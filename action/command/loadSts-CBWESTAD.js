import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-L34QRIS5.js";import"./chunk-TBVMT6XL.js";import"./chunk-M43APLLN.js";import"./chunk-S3PERPVI.js";import"./chunk-VPDM3GKZ.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
