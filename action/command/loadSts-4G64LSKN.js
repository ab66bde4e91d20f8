import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-6YIBHLR5.js";import"./chunk-TBVMT6XL.js";import"./chunk-O7GOYUJO.js";import"./chunk-ZTBCP355.js";import"./chunk-EAJBYA7O.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
