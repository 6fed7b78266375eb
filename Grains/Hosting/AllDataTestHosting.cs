using AllData.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace AllData.Hosting;

/// <summary>Puts a store into a silo of a test.</summary>
public static class AllDataTestHosting
{
    /// <summary>
    /// Adds a store of one peer that lasts as long as its silo: the data in a temporary directory that goes with the silo, the registry in memory, one
    /// copy of each event. Puts succeed from the moment the silo has started. For tests with one silo.
    /// </summary>
    /// <param name="silo">The silo, for example of an <c>InProcessTestCluster</c>.</param>
    /// <param name="configure">Changes options; default: none.</param>
    /// <exception cref="TimeoutException">From the start of the silo: puts do not succeed within half a minute, with the reason.</exception>
    public static ISiloBuilder AddAllDataForTests(this ISiloBuilder silo, Action<AllDataOptions>? configure = null)
    {
        silo.Services.AddSingleton<TestDirectory>();
        silo.Services.AddOptions<AllDataOptions>().Configure<TestDirectory>(static (options, directory) => options.DataDirectory = directory.Path);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, TestReadiness>();
        return silo.AddMemoryGrainStorage(AllDataStorageNames.GrainState).AddAllData(configure ?? (static _ => { }));
    }

    /// <summary>The data of the test's peer. The container disposes of it after the store, which was made later.</summary>
    private sealed class TestDirectory : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("alldata-test-").FullName;

        public void Dispose()
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException)
            {
                // Something has a file open still; the system clears its temporary directory.
            }
        }
    }

    /// <summary>Ends the start of the silo when puts succeed, so that a test need not wait.</summary>
    private sealed class TestReadiness(AllDataReadiness readiness) : ILifecycleParticipant<ISiloLifecycle>
    {
        private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

        public void Participate(ISiloLifecycle lifecycle) =>
            lifecycle.Subscribe(nameof(AllDataTestHosting), ServiceLifecycleStage.Last, WaitAsync);

        // By the clock of the system: a test may have put another one into the silo that stands still.
        private async Task WaitAsync(CancellationToken cancellation)
        {
            var started = TimeProvider.System.GetTimestamp();
            while (readiness.NotReadyReason is { } reason)
            {
                if (TimeProvider.System.GetElapsedTime(started) > Bound)
                {
                    throw new TimeoutException($"The store of the test takes no puts after {Bound.TotalSeconds} s: {reason}");
                }

                await Task.Delay(Pause, TimeProvider.System, cancellation);
            }
        }
    }
}
