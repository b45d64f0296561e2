using ActorSeg.Host.Hosting;

var exitCode = await Application.Run(args, HostServices.OfThisProcess());
// Whatever was stopped or failed may have left a thread behind in libtorch.
if (exitCode != ExitCodes.Done) ProcessEnd.Now(exitCode);
return exitCode;
