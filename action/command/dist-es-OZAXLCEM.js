import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider}from"./chunk-M6OELTHY.js";import"./chunk-5DS56CDW.js";import"./chunk-HCHUSPNR.js";import"./chunk-P3L3OJW5.js";export{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider};
