using AllData.Events;
using AllData.Peers;
using AllData.Putting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AllData.Tests.Unit.Putting;

public sealed class AllDataClientOptionsTests
{
    public static TheoryData<string, AllDataClientOptions> Refused => new()
    {
        { "MaxBatchEvents is 0: use 1 to 1000", new() { MaxBatchEvents = 0 } },
        { "MaxBatchEvents is 1001: use 1 to 1000", new() { MaxBatchEvents = 1_001 } },
        { "MaxBatchBytes is 16: use 17 to 67108864", new() { MaxBatchBytes = 16 } },
        { "MaxWaitingBytes is 100, MaxBatchBytes is 4194304", new() { MaxWaitingBytes = 100 } },
        { "BatchesInFlight is 0: use 1 to 64", new() { BatchesInFlight = 0 } },
        { "CallTimeout is 00:00:00", new() { CallTimeout = TimeSpan.Zero } },
        { "Timeout is 00:00:01, CallTimeout is 00:00:05", new() { Timeout = TimeSpan.FromSeconds(1) } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Options_that_cannot_work_are_refused_with_both_numbers(string expected, AllDataClientOptions options)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => new AllDataClient(new FakeGateways("north/a").Grains, options));
        Assert.StartsWith(expected, Assert.Single(refusal.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_valid() =>
        Assert.True(new AllDataClientOptionsValidator().Validate(null, new AllDataClientOptions()).Succeeded);

    [Fact]
    public async Task Options_from_configuration_are_taken_and_a_misspelt_one_is_refused_at_the_start()
    {
        using var host = Build(("MaxBatchEvents", "7"), ("Location:Region", "north"), ("Location:Zone", "a"));
        await host.StartAsync();
        var options = host.Services.GetRequiredService<IOptions<AllDataClientOptions>>().Value;
        Assert.Equal((7, new PeerLocation("north", "a")), (options.MaxBatchEvents, options.Location));
        await host.StopAsync();

        using var misspelt = Build(("MaxBatchEvent", "7"));
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => misspelt.StartAsync());
        Assert.Equal("AllData:Client:MaxBatchEvent is not a setting. Did you mean AllData:Client:MaxBatchEvents?", Assert.Single(refusal.Failures));

        static IHost Build(params (string Key, string Value)[] settings)
        {
            var section = new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create($"{AllDataClientOptions.Section}:{s.Key}", (string?)s.Value)))
                .Build().GetSection(AllDataClientOptions.Section);
            return new HostBuilder()
                .ConfigureServices(services => services.AddSingleton(new FakeGateways("north/a").Grains).AddAllDataClient(section)).Build();
        }
    }

    [Fact]
    public async Task A_host_has_one_client_and_flushes_it_before_it_stops()
    {
        var store = new FakeGateways("north/a");
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.All[0].OnPutMany = async batch =>
        {
            await answer.Task;
            return store.All[0].StoreAll(batch);
        };
        using var host = new HostBuilder()
            .ConfigureServices(services => services.AddSingleton(store.Grains).AddAllDataClient(static options => options.MaxBatchEvents = 7))
            .Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<AllDataClient>();
        Assert.Equal(7, host.Services.GetRequiredService<IOptions<AllDataClientOptions>>().Value.MaxBatchEvents);
        var put = client.PutAsync(EventPayload.FromText("1"));
        var stop = host.StopAsync();
        Assert.False(stop.IsCompleted);
        answer.SetResult();
        await stop.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(put.IsCompletedSuccessfully);
    }
}
