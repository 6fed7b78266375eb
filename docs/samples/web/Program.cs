// An ASP.NET Core application that hosts a silo with the store, puts what it is sent, and says whether it can.
using System.Net;
using AllData.Clustering;
using AllData.Coordination;
using AllData.Events;
using AllData.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.UseOrleans(silo => silo
    .ConfigureEndpoints(IPAddress.Loopback, siloPort: 11111, gatewayPort: 30000)
    .UseAllDataCluster(new AllDataClusterOptions { DatabaseFile = "data/cluster.db" })
    .AddAllData(builder.Configuration.GetSection("AllData")));
var app = builder.Build();
app.MapPost("/orders", async (HttpRequest request, IAllDataPuts store) =>
    (await store.PutAsync(EventPayload.FromText(await new StreamReader(request.Body).ReadToEndAsync()))).Key.ToString());
app.MapGet("/ready", (AllDataReadiness store) =>
    store.NotReadyReason is { } reason ? Results.Text(reason, statusCode: 503) : Results.Text("ready"));
app.Run();
