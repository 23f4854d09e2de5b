using Ballast.Client.LeaderElection;

namespace Ballast.Scheduler.Configuration;

/// <summary>What a <c>KubeSchedulerConfiguration</c> file says; its defaults are upstream's.</summary>
internal sealed record SchedulerConfiguration
{
    public const string DefaultSchedulerName = "default-scheduler";

    public string? Kubeconfig { get; init; }

    /// <summary>0 adapts to the cluster's size.</summary>
    public int PercentageOfNodesToScore { get; init; }

    public TimeSpan PodInitialBackoff { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan PodMaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Null where the file leaves it to the flags.</summary>
    public LeaderElectionConfiguration? LeaderElection { get; init; }

    public IReadOnlyList<ProfileConfiguration> Profiles { get; init; } = [new ProfileConfiguration(DefaultSchedulerName, [], [])];
}

internal sealed record LeaderElectionConfiguration(bool Enabled, LeaderElectionOptions Options, string ResourceNamespace, string ResourceName);

/// <summary>One scheduler name and how its plugins differ from the default ones.</summary>
/// <param name="SchedulerName">Pods name it in <c>spec.schedulerName</c>.</param>
/// <param name="Enabled">Plugins added, or given another weight.</param>
/// <param name="Disabled">Plugins left out; <c>*</c> stands for all default ones.</param>
internal sealed record ProfileConfiguration(string SchedulerName, IReadOnlyList<(string Name, int? Weight)> Enabled, IReadOnlyList<string> Disabled);
