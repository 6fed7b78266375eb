using AllData.Certificates;
using AllData.Diagnostics;
using AllData.Repair;
using AllData.Restoring;
using AllData.Sealing;
using AllData.Storage.Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime;

namespace AllData.Hosting;

/// <summary>Puts the sealing of intervals into a silo, and what brings archived ones back.</summary>
internal static class SealingHosting
{
    /// <summary>Registers it.</summary>
    public static void AddSealing(this IServiceCollection services)
    {
        services.TryAddSingleton(CertificateFileSeams.None);
        services.AddSingleton<ICertificateDirectory, HostedCertificateDirectory>();
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<PeerCertificateLog>(p, TaskScheduler.Default));
        services.AddSingleton<IConditionSource>(static p => p.GetRequiredService<PeerCertificateLog>());
        services.AddSingleton<IServedLog, ServedLog>();
        services.AddSingleton<LogQuestions>();
        services.AddSingleton<StoreCertificates>();
        services.AddSingleton<SealingAlarms>();
        services.AddSingleton<IConditionSource>(static p => p.GetRequiredService<SealingAlarms>());
        services.AddSingleton<ICosigners, GrainCosigners>();
        services.AddSingleton<OtherCosigners>();
        services.AddSingleton<IPeerClosing, PeerClosing>();
        services.AddSingleton<IExaminedIntervals, ExaminedIntervals>();
        services.AddSingleton<IRepairSchedule>(static p => p.GetRequiredService<RepairLoop>());
        services.AddSingleton<IIntervalExamination, IntervalExamination>();
        services.AddSingleton<Cosigner>();
        services.AddSingleton(static p => ActivatorUtilities.CreateInstance<Sealer>(p, TaskScheduler.Default));
        services.AddSingleton<SealingPeer>();
        services.AddSingleton<SealingTurn>();
        services.AddSingleton<ArchivedEventIntake>();
        services.AddSingleton<SealingLoop>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static p => p.GetRequiredService<SealingLoop>());
    }
}
