using System.Reflection;

namespace Ballast.Kubelet.Runtimes.Processes;

/// <summary>Turns a container's command into a program of this machine.</summary>
internal static class CommandLine
{
    // These come in this very executable, so that a manifest reads like any other cluster's.
    private static readonly HashSet<string> OwnCommands = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "backup-controller", "load-balancer"];
    private const string OwnName = "ballast";

    /// <summary>The program's full path, and its arguments.</summary>
    /// <exception cref="RuntimeException">There is no such program.</exception>
    public static (string Executable, IReadOnlyList<string> Arguments) Resolve(IReadOnlyList<string> command, string? searchPath)
    {
        if (command.Count == 0)
            throw new RuntimeException("the container has no command: the process runtime has no image to take one from");
        if (OwnCommands.Contains(command[0]))
            return Own([.. command]);
        if (command[0] == OwnName)
            return Own([.. command.Skip(1)]);
        return (Find(command[0], searchPath), [.. command.Skip(1)]);
    }

    private static (string, IReadOnlyList<string>) Own(IReadOnlyList<string> arguments)
    {
        var executable = Environment.ProcessPath ?? throw new RuntimeException("the path of this executable is not known");
        // Started as `dotnet Ballast.dll`, the executable is the host and the program its first argument.
        return Path.GetFileNameWithoutExtension(executable) == "dotnet" && Assembly.GetEntryAssembly()?.Location is { Length: > 0 } program
            ? (executable, [program, .. arguments])
            : (executable, arguments);
    }

    private static string Find(string name, string? searchPath)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return File.Exists(name) ? name : throw new RuntimeException($"exec: \"{name}\": stat {name}: no such file or directory");
        return (searchPath ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists)
            ?? throw new RuntimeException($"exec: \"{name}\": executable file not found in $PATH");
    }
}
