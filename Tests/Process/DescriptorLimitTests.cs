using System.Net;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>The program itself where it may open few files and connections.</summary>
[Collection(SingleProcessTests.Name)]
public sealed class DescriptorLimitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly int _basePort = FreePorts.ForProcesses(1);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task More_idle_connections_than_descriptors_do_not_end_the_silo_and_connections_that_it_has_go_on()
    {
        await using var program = SiloProgram.StartWithDescriptors(1_024, Arguments());
        await program.PrintsAsync("Peer local takes events at");
        var address = new Uri($"http://127.0.0.1:{_basePort}");
        using var client = new HttpClient { BaseAddress = address };
        await Eventually.IsAsync("the silo is ready", async () => (await client.GetAsync("/health/ready")).StatusCode, status => status == HttpStatusCode.OK);
        await program.PrintsAsync("AllData:Http:MaxConnections is lowered from 4096 to");

        var idle = new List<RawConnection>();
        foreach (var port in new[] { _basePort, _basePort + 100, _basePort + 200 })
        {
            for (var i = 0; i < 1_240; i++)
            {
                // One address takes half of a port at most.
                await OpenAsync(port, IPAddress.Parse($"127.0.0.{1 + (i % 4)}"), idle);
            }
        }

        Assert.Equal(HttpStatusCode.Created, (await client.PostAsync("/", new StringContent("1"))).StatusCode);
        await program.PrintsAsync("Connections to the HTTP port are refused");
        await program.PrintsAsync("Connections to the silo port are refused");
        await program.PrintsAsync("Connections to the gateway port are refused");
        idle.ForEach(static connection => connection.Dispose());

        using var later = new HttpClient { BaseAddress = address };
        await Eventually.IsAsync(
            "health can be reached again",
            async () =>
            {
                try
                {
                    return (await later.GetAsync("/health/ready")).StatusCode;
                }
                catch (HttpRequestException)
                {
                    // The silo has not seen yet that the idle ones have gone.
                    return HttpStatusCode.ServiceUnavailable;
                }
            },
            status => status == HttpStatusCode.OK);
        Signals.Send(program.Pid, Signals.Terminate);
        Assert.Equal(0, await program.EndsAsync());
    }

    [Fact]
    public async Task Too_few_descriptors_to_be_of_use_are_refused_in_a_sentence()
    {
        await using var program = SiloProgram.StartWithDescriptors(300, Arguments());

        Assert.Equal(1, await program.EndsAsync());
        Assert.Contains(program.Lines, line => line.StartsWith("This process may open 300 files and connections; a silo needs 640 at least."));
    }

    private static async Task OpenAsync(int port, IPAddress from, List<RawConnection> connections)
    {
        try
        {
            connections.Add(await RawConnection.OpenAsync(new Uri($"http://127.0.0.1:{port}"), from));
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Refused so soon that it was never open.
        }
    }

    private string[] Arguments() =>
    [
        $"--AllData:Http:Port={_basePort}", $"--AllData:Silo:SiloPort={_basePort + 100}", $"--AllData:Silo:GatewayPort={_basePort + 200}",
        $"--AllData:DataDirectory={_directory.Path}",
    ];
}
