using System.CommandLine;
using Ballast.ComponentBase.Commands;

namespace Ballast.ControllerManager;

/// <summary><c>ballast kube-controller-manager</c>.</summary>
public static class KubeControllerManagerCommand
{
    public static Command Create() => ComponentCommand.Create(
        "kube-controller-manager", "Runs the control loops that bring the cluster's state to the one asked for.",
        flags =>
        {
            var declared = new ControllerManagerFlags(flags);
            return (context, cancel) => new ControllerManager(declared, context).RunAsync(cancel);
        });
}
