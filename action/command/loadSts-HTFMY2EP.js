import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-K2FAEW5P.js";import"./chunk-TBVMT6XL.js";import"./chunk-55FY2HZR.js";import"./chunk-AARGX7QM.js";import"./chunk-72YEGCCX.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
