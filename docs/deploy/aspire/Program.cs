// Starts a silo of the store beside the other parts of an application; those wait until it takes puts.
var builder = DistributedApplication.CreateBuilder(args);
var store = builder.AddProject<Projects.AllData_Silo>("store")
    .WithEnvironment("AllData__DataDirectory", Path.Combine(builder.AppHostDirectory, "data"))
    .WithEndpoint(port: 8281, targetPort: 8281, name: "gateway", isProxied: false)
    .WithHttpEndpoint(port: 8081, targetPort: 8081, isProxied: false)
    .WithHttpHealthCheck("/health/ready");

// builder.AddProject<Projects.Orders>("orders").WaitFor(store);
builder.Build().Run();
