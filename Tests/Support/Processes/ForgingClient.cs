using System.Collections.Immutable;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using AllData.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Runtime;
using Orleans.Serialization;

namespace AllData.Tests.Support;

/// <summary>
/// An Orleans client that has a client's certificate and says what Orleans' own client does not say: calls to the services of silos, to any address, from any
/// sender. It reaches into Orleans for that; a program of an attacker would write the bytes itself.
/// </summary>
internal sealed class ForgingClient : IAsyncDisposable
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    // Orleans waits for calls that nothing answers any more.
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(2);

    // Orleans' name of the service by which silos tell each other which silos there are.
    private const string MembershipService = "sys.svc.clustering";

    private readonly IHost _host;

    private ForgingClient(IHost host) => _host = host;

    /// <summary>The silos of the cluster, as Orleans tells each of its clients.</summary>
    public IEnumerable<SiloAddress> Silos => _host.Services.GetRequiredService<IClusterManifestProvider>().Current.Silos.Keys;

    /// <summary>Connects to a gateway.</summary>
    public static async Task<ForgingClient> ConnectAsync(int gateway, AllDataTlsOptions tls)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gateway)).UseAllDataTls(tls)
            .Configure<ClusterOptions>(static options => options.ClusterId = options.ServiceId = "alldata")
            .Configure<ClientMessagingOptions>(static options => options.ResponseTimeout = SecuredSilos.Bound));
        var host = builder.Build();
        await host.StartAsync();
        return new ForgingClient(host);
    }

    /// <summary>From now on calls say that they come from a silo.</summary>
    public void PretendToBe(SiloAddress silo)
    {
        var client = _host.Services.GetRequiredService(TypeOf("Orleans.OutsideRuntimeClient"));
        var property = client.GetType().GetProperty("CurrentActivationAddress", Any)!;
        var sender = TypeOf("Orleans.Runtime.SystemTargetGrainId").GetMethod("Create", Any, [typeof(GrainType), typeof(SiloAddress)])!
            .Invoke(null, [GrainType.Create(MembershipService), silo])!;
        property.SetValue(client, new GrainAddress
        {
            GrainId = (GrainId)sender.GetType().GetProperty("GrainId", Any)!.GetValue(sender)!,
            ActivationId = ActivationId.NewId(),
            SiloAddress = silo,
        });
    }

    /// <summary>Tells a silo that it is dead.</summary>
    public Task SayDeadAsync(SiloAddress silo)
    {
        var entry = new MembershipEntry
        {
            SiloAddress = silo,
            Status = SiloStatus.Dead,
            SiloName = "a",
            HostName = "localhost",
            StartTime = DateTime.UnixEpoch,
            IAmAliveTime = DateTime.UnixEpoch,
            ProxyPort = 0,
            SuspectTimes = [],
            RoleName = "",
        };
        var constructor = TypeOf("Orleans.Runtime.MembershipTableSnapshot").GetConstructors(Any).MaxBy(static c => c.GetParameters().Length)!;
        object?[] values = [new MembershipVersion(long.MaxValue - 1), ImmutableDictionary<SiloAddress, MembershipEntry>.Empty.Add(silo, entry), 0,
            ImmutableHashSet<SiloAddress>.Empty];
        return CallAsync(silo, "MembershipChangeNotification", constructor.Invoke(values[..constructor.GetParameters().Length]));
    }

    /// <summary>Asks whatever is at an address whether it lives.</summary>
    public Task PingAsync(SiloAddress anywhere) => CallAsync(anywhere, "Ping", 1);

    /// <summary>The greeting of a silo to another one.</summary>
    public byte[] GreetingOf(SiloAddress silo)
    {
        var type = TypeOf("Orleans.Runtime.Messaging.ConnectionPreamble");
        var greeting = RuntimeHelpers.GetUninitializedObject(type);
        var version = type.GetProperty("NetworkProtocolVersion")!;
        version.SetValue(greeting, Enum.GetValues(version.PropertyType).Cast<object>().Max());
        type.GetProperty("NodeIdentity")!.SetValue(greeting, TypeOf("Orleans.Runtime.Constants").GetField("SiloDirectConnectionId", Any)!.GetValue(null));
        type.GetProperty("SiloAddress")!.SetValue(greeting, silo);
        type.GetProperty("ClusterId")!.SetValue(greeting, "alldata");
        var serializer = _host.Services.GetRequiredService(typeof(Serializer<>).MakeGenericType(type));
        var bytes = (byte[])serializer.GetType().GetMethod("SerializeToArray", [type])!.Invoke(serializer, [greeting])!;
        return [.. BitConverter.GetBytes(bytes.Length), .. bytes];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var late = new CancellationTokenSource(StopBound);
        try
        {
            await _host.StopAsync(late.Token).WaitAsync(late.Token);
            _host.Dispose();
        }
        catch (OperationCanceledException)
        {
            // Its connections end with the silo.
        }
    }

    private Task CallAsync(SiloAddress silo, string method, object argument)
    {
        var contract = TypeOf("Orleans.Runtime.IMembershipService");
        var factory = TypeOf("Orleans.IInternalGrainFactory");
        var target = factory.GetMethod("GetSystemTarget", 1, [typeof(GrainType), typeof(SiloAddress)])!.MakeGenericMethod(contract)
            .Invoke(_host.Services.GetRequiredService(factory), [GrainType.Create(MembershipService), silo]);
        return (Task)contract.GetMethod(method)!.Invoke(target, [argument, CancellationToken.None])!;
    }

    private static Type TypeOf(string name) =>
        new[] { "Orleans.Core", "Orleans.Runtime", "Orleans.Core.Abstractions" }.Select(assembly => Type.GetType($"{name}, {assembly}")).OfType<Type>().First();
}
